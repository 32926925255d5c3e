import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import type { Shape } from "../../ts/worker/messages.ts";
import { SHAPES } from "../../ts/worker/shapes.ts";
import { rootFolder } from "../support/programs.ts";

const entries = ["index", "worker"].map((name) => `${rootFolder}dist/${name}.d.ts`);

describe("the types that the package publishes", () => {
  let program: ts.Program;
  let checker: ts.TypeChecker;

  beforeAll(() => {
    program = ts.createProgram(entries, {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts", "lib.esnext.disposable.d.ts"],
      types: [],
      strict: true,
      noEmit: true,
    });
    checker = program.getTypeChecker();
  });

  const ownFiles = () => program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${rootFolder}dist/`));
  const place = (node: ts.Node) => {
    const file = node.getSourceFile();
    return `${file.fileName.slice(rootFolder.length)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  };

  it("compile for a user who has the browser's types and nothing else", () => {
    const problems = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.startsWith(rootFolder));
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "))).toEqual([]);
  });

  it("say no `any`", () => {
    const found: string[] = [];
    const visit = (node: ts.Node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(place(node));
      ts.forEachChild(node, visit);
    };
    ownFiles().forEach(visit);
    expect(found).toEqual([]);
  });

  it("explain every export", () => {
    const silent: string[] = [];
    for (const entry of entries) {
      const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!);
      const symbols = checker.getExportsOfModule(module!);
      expect(symbols.length).toBeGreaterThan(0);
      for (const symbol of symbols) {
        const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        if (target.getDocumentationComment(checker).length === 0) silent.push(symbol.name);
      }
    }
    expect(silent).toEqual([]);
  });

  it("explain every method", () => {
    const silent: string[] = [];
    for (const entry of entries) {
      for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!)) {
        const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        for (const member of target.members?.values() ?? []) {
          if (!(member.flags & ts.SymbolFlags.Method) || member.name.startsWith("__")) continue;
          if (member.getDocumentationComment(checker).length === 0) silent.push(`${target.name}.${member.name}`);
        }
      }
    }
    expect(silent).toEqual([]);
  });

  it("have no public member of what stays in a worker that its page lacks", () => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entries[0]!)!);
    const classes = checker.getExportsOfModule(module!).map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol));
    for (const { kind, ...shape } of Object.values<Shape>(SHAPES)) {
      const symbol = classes.find(({ name }) => name === kind);
      const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol!)).map(({ name }) => name);
      const shown = [...(shape.values ?? []), ...(shape.calls ?? []), ...(shape.streams ?? [])];
      // Names of symbols, and of private fields.
      expect(shown.sort(), kind).toEqual(members.filter((name) => !/^__[@#]|^#/.test(name)).sort());
    }
  });
});
