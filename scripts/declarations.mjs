// Writes dist/types/: the types of what other programs import, each source file by itself and without a type check
// (`npm run typecheck` is for that), which takes seconds less.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const src = path.resolve(import.meta.dirname, '../src');
const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true };

/** @param {readonly string[]} entries below src/ @param {string} outDir */
export function writeDeclarations(entries, outDir) {
  const files = new Set(entries.map((entry) => path.join(src, entry)));
  // A set that grows goes on to what was added.
  for (const file of files) {
    const { outputText } = ts.transpileDeclaration(readFileSync(file, 'utf8'), {
      fileName: file,
      compilerOptions,
    });
    for (const [, from, dynamic] of outputText.matchAll(
      /from ['"](\.[^'"]+)['"]|import\(['"](\.[^'"]+)['"]\)/g,
    )) {
      files.add(path.resolve(path.dirname(file), (from ?? dynamic).replace(/\.js$/, '.ts')));
    }
    const out = path.join(outDir, path.relative(src, file)).replace(/\.ts$/, '.d.ts');
    mkdirSync(path.dirname(out), { recursive: true });
    writeFileSync(out, outputText);
  }
}
