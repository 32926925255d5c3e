import { bundle, checkTypes } from "./lib/bundle.mjs";
import { installPackages } from "./lib/packages.mjs";
import { main } from "./lib/run.mjs";
import { buildWasm } from "./lib/wasm.mjs";

/** `npm run build`: all that the package ships. */
await main(async () => {
  await installPackages();
  await buildWasm("cpu");
  await buildWasm("threads");
  await buildWasm("gpu");
  await buildWasm("picture");
  await buildWasm("grammar");
  await bundle();
  await checkTypes();
});
