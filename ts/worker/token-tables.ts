import { Processor } from "../processing/processor.js";
import { TokenTable, type TokenTableData } from "../processing/token-table.js";
import { Tokenizer } from "../processing/tokenizer.js";

/** A tokenizer on its way; the table comes with the first time only. */
export interface SentTable {
  readonly table: number;
  readonly data?: TokenTableData;
}

/** The tokenizers of a page, as far as its worker makes text with them. They stay as long as the worker. */
export class TokenTables {
  readonly #sent = new WeakMap<Tokenizer, { readonly table: number; readonly length: number }>();
  readonly #received = new Map<number, TokenTable>();
  #count = 0;

  pack(given: Tokenizer | Processor): SentTable {
    const tokenizer = given instanceof Processor ? given.tokenizer : given;
    const known = this.#sent.get(tokenizer);
    const { length } = tokenizer;
    // Tokens that were added since make it another one.
    if (known !== undefined && known.length === length) return { table: known.table };
    const table = ++this.#count;
    const data = tokenizer.tokenTable();
    this.#sent.set(tokenizer, { table, length });
    return { table, data };
  }

  unpack({ table, data }: SentTable): TokenTable {
    if (data !== undefined) this.#received.set(table, new TokenTable(data));
    return this.#received.get(table) as TokenTable;
  }
}
