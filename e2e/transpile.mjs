// Prints TypeScript, which it reads from its input, as JavaScript.
import ts from "typescript";
import { readFileSync } from "node:fs";

const source = readFileSync(0, "utf8");
const { outputText, diagnostics } = ts.transpileModule(source, {
  reportDiagnostics: true,
  compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
});
if (diagnostics.length > 0) {
  console.error(diagnostics.map((d) => ts.flattenDiagnosticMessageText(d.messageText, "\n")).join("\n"));
  process.exit(1);
}
process.stdout.write(outputText);
