import { bundle, checkTypes } from "./lib/bundle.mjs";
import { installPackages } from "./lib/packages.mjs";
import { main } from "./lib/run.mjs";
import { buildWasm, kinds } from "./lib/wasm.mjs";

/** `npm run build`: all that the package ships. */
await main(async () => {
  await installPackages();
  for (const kind of kinds) await buildWasm(kind);
  await bundle();
  await checkTypes();
});
