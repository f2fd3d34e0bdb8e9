/** What is read and written of macOS's structures: sizes and places in bytes, from xnu-11417.101.15. */

/** struct proc_uniqidentifierinfo of bsd/sys/proc_info_private.h. */
export const UNIQUE_IDENTIFIER = { flavor: 17, arg: 1, size: 56, uniqueId: 16, idVersion: 32 } as const;

/** audit_token_t of osfmk/mach/message.h, eight words; which is what: bsd/kern/kern_prot.c, set_security_token_task_internal. */
export const AUDIT_TOKEN = { size: 32, pid: 5 * 4, idVersion: 7 * 4 } as const;
