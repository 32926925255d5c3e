import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { References } from "../../../ts/worker/references.js";

it("keeps an object until each send of it was given back, also one that crossed a release", () => {
  const references = new References(() => undefined);
  const object = {};
  let released = 0;
  const id = references.send(object, () => () => void released++);
  expect(references.send(object)).toBe(id);
  expect(references.own(id)).toBe(object);
  // The other side's first stub was collected after one receipt, while the second was on its way.
  references.released(id, 1);
  expect([references.own(id), released]).toEqual([object, 0]);
  references.released(id, 1);
  expect([references.own(id), references.ownId(object), released]).toEqual([undefined, undefined, 1]);
  expect(references.send(object)).not.toBe(id);
});

it("has one stub for an object of the other side", () => {
  const references = new References(() => undefined);
  const stub = references.receive(7, () => ({}));
  expect(references.receive(7, () => ({}))).toBe(stub);
  expect([references.stub(7), references.theirId(stub), references.theirId({})]).toEqual([stub, 7, undefined]);
});

it("says when a stub is collected, and how often its object had come", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const released: [number, number][] = [];
  const references = new References((id, count) => released.push([id, count]));
  const kept = references.receive(1, () => ({}));
  for (let times = 0; times < 3; times++) references.receive(2, () => ({}));
  for (let tries = 0; tries < 50 && released.length === 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  expect(released).toEqual([[2, 3]]);
  expect([references.stub(1), references.stub(2)]).toEqual([kept, undefined]);
});
