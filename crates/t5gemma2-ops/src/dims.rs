//! Shape checks by named dimension: equal names must mean equal numbers across all tensors of one call.

/// The dimensions one operation has seen so far.
pub(crate) struct Dims {
    op: &'static str,
    known: Vec<(&'static str, usize, &'static str)>,
}

impl Dims {
    pub(crate) fn of(op: &'static str) -> Self {
        Self {
            op,
            known: Vec::new(),
        }
    }

    /// Fix a dimension that follows from an argument instead of a tensor.
    pub(crate) fn fix(mut self, name: &'static str, size: usize) -> Self {
        self.known.push((name, size, "the arguments"));
        self
    }

    /// Check a tensor's shape against the names; a name seen before must have the same size.
    ///
    /// # Panics
    /// When it has not; the message names the operation, both tensors, the dimension and both sizes.
    #[track_caller]
    pub(crate) fn tensor<const D: usize>(
        mut self,
        tensor: &'static str,
        shape: [usize; D],
        names: [&'static str; D],
    ) -> Self {
        for (&name, &size) in names.iter().zip(&shape) {
            match self.known.iter().find(|(known, ..)| *known == name) {
                Some(&(_, expected, from)) => assert!(
                    expected == size,
                    "{}: `{name}` is {size} in `{tensor}` {shape:?} but {expected} in {from}",
                    self.op
                ),
                None => self.known.push((name, size, tensor)),
            }
        }
        self
    }

    pub(crate) fn get(&self, name: &str) -> usize {
        let known = self.known.iter().find(|(known, ..)| *known == name);
        known
            .map(|&(_, size, _)| size)
            .expect("a dimension that was named")
    }
}

#[cfg(test)]
mod tests {
    use super::Dims;

    #[test]
    fn equal_names_share_a_size() {
        let dims = Dims::of("op")
            .fix("cols", 3)
            .tensor("x", [2, 3], ["rows", "cols"]);
        assert_eq!(dims.get("rows"), 2);
    }

    #[test]
    #[should_panic(expected = "op: `cols` is 4 in `w` [4] but 3 in x")]
    fn a_mismatch_names_both_tensors() {
        Dims::of("op")
            .tensor("x", [2, 3], ["rows", "cols"])
            .tensor("w", [4], ["cols"]);
    }
}
