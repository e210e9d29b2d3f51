/** Files that people export: found where a path leads, and read in big pieces whatever they are packed or written in. */
export { contentsOf, type OnBytes, piecesOf, UnreadableFile } from './bytes.js';
export { type FoundFile, filesAt } from './find.js';
