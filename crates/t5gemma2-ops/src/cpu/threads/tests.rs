use super::{for_columns, for_parts, for_rows, serve, stop};

/// Every row of a piece of work, by as many threads as serve.
fn results() -> [Vec<f32>; 3] {
    const WIDTH: usize = 37;
    let value = |row: usize, column: usize| (row * 1000 + column) as f32;
    let mut rows = vec![0.0; 501 * WIDTH];
    for_rows(&mut rows, WIDTH, 4, |range, out| {
        assert!(range.start.is_multiple_of(4));
        for (row, out) in range.zip(out.chunks_exact_mut(WIDTH)) {
            out.iter_mut()
                .enumerate()
                .for_each(|(column, out)| *out += value(row, column));
        }
    });
    let mut columns = vec![0.0; 5 * 1003];
    for_columns(&mut columns, 1003, 3, 1000, 16, |range, out| {
        assert!(range.start.is_multiple_of(16));
        for row in 0..5 {
            let out = out.row(row, range.start, range.len());
            for (column, out) in range.clone().zip(out) {
                *out += value(row, column);
            }
        }
    });
    let mut parts = vec![0.0; 300];
    for_parts(&mut parts, 100, |index, out| {
        // SAFETY: each index has three of its own.
        let out = unsafe { out.part(3 * index..3 * index + 3) };
        out.iter_mut().for_each(|out| *out += index as f32);
    });
    [rows, columns, parts]
}

#[test]
fn threads_share_the_work_and_change_nothing() {
    let alone = results();
    assert_eq!(alone[0][500 * 37 + 36], 500_036.0);
    assert_eq!(alone[1][1003 + 3..][..2], [1000.0, 1001.0]);
    for threads in 1..3 {
        let servers: Vec<_> = (0..threads).map(|_| std::thread::spawn(serve)).collect();
        for _ in 0..500 {
            assert_eq!(results(), alone);
        }
        stop();
        servers
            .into_iter()
            .for_each(|server| server.join().expect("it returns"));
        assert_eq!(results(), alone);
    }
}

#[test]
#[should_panic(expected = "columns 1 to 5 of 4")]
fn columns_lie_within_rows() {
    for_columns(&mut [0.0; 8], 4, 1, 4, 1, |_, _| ());
}
