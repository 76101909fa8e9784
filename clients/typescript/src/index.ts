/** A client of Breakwater markets, for pages and Node.js: see README.md. */
export * from './api.js';
export { Breakwater } from './market.js';
export { CellReader, EMPTY } from './cells.js';
export { Core } from './core.js';
export { commandLines, messageData } from './calls.js';
export { toDeployment } from './deployment.js';
export { ProtocolError, sentence } from './errors.js';
export { normal, publicKey, toAddress } from './primitives.js';
export * from './units.js';
export * as contracts from './generated/contracts.js';
export * as codecs from './generated/codecs.js';
export type * from './generated/types.js';
