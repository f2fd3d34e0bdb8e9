/** In a file of its own: what reads records apart needs nothing else of them. */
/** So much of a record is read: more than nearly any needs. */
export const RECORD_BYTES = 4096;
