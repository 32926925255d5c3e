//! A future that JavaScript polls.

use js_sys::Function;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use wasm_bindgen::prelude::*;

use crate::error::coded;

type Outcome = Result<JsValue, JsValue>;

/// Work under way.
#[wasm_bindgen]
pub struct Task(State);

enum State {
    Running(Pin<Box<dyn Future<Output = Outcome>>>),
    Done(Outcome),
    Taken,
}

impl Task {
    pub(crate) fn new(future: impl Future<Output = Outcome> + 'static) -> Self {
        Self(State::Running(Box::pin(future)))
    }
}

#[wasm_bindgen]
impl Task {
    /// Go on; true once there is a result. `wake` is called when polling again makes sense.
    pub fn poll(&mut self, wake: Function) -> bool {
        if let State::Running(future) = &mut self.0 {
            let waker = Waker::from(Arc::new(WakeFunction(wake)));
            if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.0 = State::Done(outcome);
            }
        }
        !matches!(self.0, State::Running(_))
    }

    /// The result, once.
    ///
    /// # Errors
    /// What the work failed with.
    pub fn take(&mut self) -> Result<JsValue, JsValue> {
        match std::mem::replace(&mut self.0, State::Taken) {
            State::Done(outcome) => outcome,
            State::Running(future) => {
                self.0 = State::Running(future);
                Err(coded("InputError", "the task is not done"))
            }
            State::Taken => Err(coded("InputError", "the task's result was taken")),
        }
    }
}

struct WakeFunction(Function);

// SAFETY: an instance has one thread; these traits are what a waker's type asks for.
unsafe impl Send for WakeFunction {}
// SAFETY: as above.
unsafe impl Sync for WakeFunction {}

impl Wake for WakeFunction {
    fn wake(self: Arc<Self>) {
        // The function is ours and doesn't throw.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}
