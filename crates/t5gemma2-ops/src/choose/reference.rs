use burn::tensor::{Int, Tensor};

use super::{Ends, Progress};
use crate::argmax::reference::argmax;
use crate::sample::{Sampling, reference::draws};

pub(crate) fn choose(
    logits: Tensor<2>,
    progress: Progress,
    ends: Option<&Ends>,
    sampling: Option<&Sampling>,
) -> Progress {
    let winners = match sampling {
        None => argmax(logits),
        Some(sampling) => draws(logits, &progress.history, sampling),
    };
    let Progress {
        positions,
        total,
        history,
        ..
    } = progress;
    let [rows, width] = history.dims();
    let mut tokens = winners.reshape([rows, 1]);
    let mut ended = history.clone().slice([0..rows, 1..2]).equal_elem(1);
    if let Some(Ends {
        tokens: ends,
        filling,
    }) = ends
    {
        tokens = tokens.mask_fill(ended.clone(), *filling);
        let count = ends.dims()[0];
        let ends = ends.clone().reshape([1, count]).expand([rows, count]);
        let ends = tokens.clone().expand([rows, count]).equal(ends);
        ended = ended.bool_or(ends.any_dim(1));
    }
    let count = history.clone().slice([0..rows, 0..1]);
    let column = Tensor::<1, Int>::arange(0..width as i64, &history.device())
        .reshape([1, width])
        .expand([rows, width]);
    let place = count
        .clone()
        .remainder_scalar(width as i32 - 2)
        .add_scalar(2);
    let written = column.clone().equal(place.expand([rows, width]));
    let first = column.clone().equal_elem(0);
    let second = column.equal_elem(1);
    let history = history
        .mask_where(written, tokens.clone().expand([rows, width]))
        .mask_where(second, ended.int().expand([rows, width]))
        .mask_where(first, count.add_scalar(1).expand([rows, width]));
    Progress {
        tokens,
        positions: positions.add_scalar(1),
        total: total.add_scalar(1),
        history,
    }
}
