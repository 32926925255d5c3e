//! Whole generations, by beams, draws and the likeliest token: see test/fixtures/logits/README.md.

use crate::beams::{BeamOptions, BeamSearch, EarlyStopping};
use crate::logits::tests::fixtures::{Context, folder, options};
use crate::logits::{LogitsContext, LogitsPipeline, Sampler, greedy, log_softmax};
use serde::Deserialize;

/// Of a score: sums of ten or so log-probabilities that differ by a bit.
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Search {
    num_beams: usize,
    num_return_sequences: usize,
    length_penalty: f64,
    early_stopping: EarlyStopping,
    seed: u64,
    pad_token_id: Option<i32>,
}

#[derive(Deserialize)]
struct Case {
    mode: String,
    /// Of the logits.
    seed: u32,
    scale: f32,
    /// Added to the logits of end tokens.
    end: f32,
    options: serde_json::Value,
    context: Context,
    search: Search,
    prompts: Vec<Vec<i32>>,
    /// The last token of each row at each step.
    fed: Vec<Vec<i32>>,
    sequences: Vec<Vec<i32>>,
    /// Of each row at each step; none for a beam that is as bad as others, whose order torch leaves open.
    #[serde(default)]
    sources: Vec<Vec<Option<usize>>>,
    #[serde(default)]
    scores: Vec<f32>,
    #[serde(default)]
    beam_indices: Vec<Vec<i32>>,
}

fn mix(mut x: u32) -> u32 {
    x = (x ^ x >> 16).wrapping_mul(0x7feb_352d);
    x = (x ^ x >> 15).wrapping_mul(0x846c_a68b);
    x ^ x >> 16
}

impl Case {
    /// The logits of these rows: [rows, vocab].
    fn logits(&self, sequences: &[Vec<i32>]) -> Vec<f32> {
        let add = |h: u32, value: u32| mix((h ^ value).wrapping_add(0x9e37_79b9));
        let mut all = Vec::new();
        for (row, sequence) in sequences.iter().enumerate() {
            let item = (row / self.context.rows_per_input) as u32;
            let h = [
                item,
                sequence.len() as u32,
                *sequence.last().unwrap() as u32,
            ]
            .into_iter()
            .fold(self.seed, add);
            let whole = (0..self.context.vocab as u32).map(|token| add(h, token) >> 8);
            let mut logits: Vec<f32> = whole
                .map(|whole| (whole as f32 / (1 << 24) as f32 - 0.5) * self.scale)
                .collect();
            self.context
                .eos_token_ids
                .iter()
                .for_each(|&token| logits[token as usize] += self.end);
            all.extend(logits);
        }
        all
    }

    fn pipeline(&self) -> LogitsPipeline {
        let context: LogitsContext = self.context.clone().into();
        LogitsPipeline::new(&options(&self.options), context).unwrap()
    }

    fn beam_options(&self) -> BeamOptions {
        BeamOptions {
            num_beams: self.search.num_beams,
            num_return_sequences: self.search.num_return_sequences,
            length_penalty: self.search.length_penalty,
            early_stopping: self.search.early_stopping,
            do_sample: self.context.do_sample,
            seed: self.search.seed,
            max_length: self.context.max_length,
            eos_token_ids: self.context.eos_token_ids.clone(),
            pad_token_id: self.search.pad_token_id,
        }
    }

    fn last_tokens(sequences: &[Vec<i32>]) -> Vec<i32> {
        sequences
            .iter()
            .map(|sequence| *sequence.last().unwrap())
            .collect()
    }

    fn run_beams(&self, label: &str) {
        let (vocab, pipeline) = (self.context.vocab, self.pipeline());
        let prompts = self.prompts.concat();
        let mut search =
            BeamSearch::new(self.beam_options(), &prompts, self.context.prompt_length).unwrap();
        for (step, fed) in self.fed.iter().enumerate() {
            let sequences: Vec<Vec<i32>> = search
                .sequences()
                .into_iter()
                .map(<[i32]>::to_vec)
                .collect();
            assert_eq!(
                Self::last_tokens(&sequences),
                *fed,
                "{label}: what step {step} is fed"
            );
            let mut scores = self.logits(&sequences);
            scores.chunks_mut(vocab).for_each(log_softmax);
            pipeline.apply(&sequences, &mut scores).unwrap();
            let next = search.step(&scores).unwrap();
            for (row, (source, expected)) in
                next.sources.iter().zip(&self.sources[step]).enumerate()
            {
                assert!(
                    expected.is_none_or(|expected| expected == *source),
                    "{label}: step {step}, row {row} from {source}"
                );
            }
            assert_eq!(
                next.done,
                step + 1 == self.fed.len(),
                "{label}: done after step {step} of {}",
                self.fed.len()
            );
        }
        let found = search.finish();
        assert_eq!(found.sequences, self.sequences, "{label}");
        assert_eq!(found.beam_indices, self.beam_indices, "{label}");
        for (score, expected) in found.scores.iter().zip(&self.scores) {
            assert!(
                (score - expected).abs() <= TOLERANCE * expected.abs().max(1.0),
                "{label}: score {score} for {expected}"
            );
        }
    }

    /// The loop of a generation without beams.
    fn run_rows(&self, label: &str) {
        let (vocab, pipeline, sampler) = (
            self.context.vocab,
            self.pipeline(),
            Sampler::new(self.search.seed),
        );
        let repeat = |prompt: &Vec<i32>| vec![prompt.clone(); self.context.rows_per_input];
        let mut sequences: Vec<Vec<i32>> = self.prompts.iter().flat_map(repeat).collect();
        let mut finished = vec![false; sequences.len()];
        for (step, fed) in self.fed.iter().enumerate() {
            assert_eq!(
                Self::last_tokens(&sequences),
                *fed,
                "{label}: what step {step} is fed"
            );
            let mut scores = self.logits(&sequences);
            pipeline.apply(&sequences, &mut scores).unwrap();
            for (row, scores) in scores.chunks(vocab).enumerate() {
                let token = match (finished[row], self.context.do_sample) {
                    (true, _) => self
                        .search
                        .pad_token_id
                        .unwrap_or(self.context.eos_token_ids[0]),
                    (false, true) => sampler.sample(row, step, scores).unwrap(),
                    (false, false) => greedy(scores),
                };
                sequences[row].push(token);
                finished[row] |= self.context.eos_token_ids.contains(&token);
            }
        }
        assert_eq!(sequences, self.sequences, "{label}");
    }
}

#[test]
fn generations_are_those_of_the_reference() {
    let json = std::fs::read_to_string(folder().join("generations.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&json).unwrap();
    let count = |mode: &str| cases.iter().filter(|case| case.mode == mode).count();
    assert!(
        count("beams") >= 100
            && count("beam_sample") >= 40
            && count("sample") >= 40
            && count("greedy") >= 20
    );
    for (index, case) in cases.iter().enumerate() {
        let label = format!("case {index}, {} with {}", case.mode, case.options);
        match case.search.num_beams {
            1 => case.run_rows(&label),
            _ => case.run_beams(&label),
        }
    }
}
