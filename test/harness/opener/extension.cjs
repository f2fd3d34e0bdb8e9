'use strict';
// VS Code opens a folder with its Explorer in front; the demo is about another view.
const vscode = require('vscode');

exports.activate = () => vscode.commands.executeCommand('instanceMonitor.services.focus');
