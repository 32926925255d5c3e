//! Work that has begun before it is waited for.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A future that was polled once.
pub(super) struct Started<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
    done: Option<T>,
}

impl<T> Started<T> {
    pub async fn new(future: impl Future<Output = T> + 'static) -> Self {
        let mut future: Pin<Box<dyn Future<Output = T>>> = Box::pin(future);
        let done = poll_fn(|context| {
            Poll::Ready(match future.as_mut().poll(context) {
                Poll::Ready(done) => Some(done),
                Poll::Pending => None,
            })
        })
        .await;
        Self { future, done }
    }

    pub async fn finish(self) -> T {
        match self.done {
            Some(done) => done,
            None => self.future.await,
        }
    }
}
