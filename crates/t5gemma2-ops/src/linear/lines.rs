//! Loops of kernels written out: software adapters don't unroll them, nor keep arrays that loops index in registers.

/// The line for each number below `count`, in place of `{name}`.
pub(super) fn each(count: usize, name: &str, line: &str) -> String {
    let name = format!("{{{name}}}");
    let lines: Vec<_> = (0..count)
        .map(|i| line.replace(&name, &i.to_string()))
        .collect();
    lines.join("\n")
}

/// The line for each sum: of `n` rows of x, `{i}`, with `rows` weight rows, `{r}`.
pub(super) fn each_sum(n: usize, rows: usize, line: &str) -> String {
    each(rows, "r", &each(n, "i", line))
}
