//! Loops of kernels written out: software adapters don't unroll them, nor keep arrays that loops index in registers.

/// The line for each number below `count`, in place of `{name}`.
pub(crate) fn each(count: usize, name: &str, line: &str) -> String {
    let name = format!("{{{name}}}");
    let lines: Vec<_> = (0..count)
        .map(|i| line.replace(&name, &i.to_string()))
        .collect();
    lines.join("\n")
}

/// The line for each pair of `{i}` below `n` and `{r}` below `rows`.
pub(crate) fn each_sum(n: usize, rows: usize, line: &str) -> String {
    each(rows, "r", &each(n, "i", line))
}
