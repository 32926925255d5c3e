/** The version of transformers whose files and rules these are. */
export const TRANSFORMERS_VERSION = "5.23.0";
