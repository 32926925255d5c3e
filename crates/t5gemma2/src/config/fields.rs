//! Reads the fields of a JSON object and names the path of the one that is wrong.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// A JSON object and its path from the root of `config.json`.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    pub fn root(value: &'a Value) -> Result<Self> {
        let object = value
            .as_object()
            .ok_or_else(|| Error::config("config.json", "must hold a JSON object"))?;
        Ok(Self {
            object,
            path: String::new(),
        })
    }

    /// An object that lies at `path`.
    pub fn at(object: &'a Map<String, Value>, path: String) -> Self {
        Self { object, path }
    }

    pub fn map(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// Path of a field of this object.
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub fn error(&self, name: &str, reason: impl Into<String>) -> Error {
        Error::config(self.path(name), reason)
    }

    /// The field unless it is absent or null.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub fn is_null(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_null)
    }

    pub fn object(&self, name: &str) -> Result<Option<Fields<'a>>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let object = value
            .as_object()
            .ok_or_else(|| self.error(name, "must be an object"))?;
        Ok(Some(Fields {
            object,
            path: self.path(name),
        }))
    }

    /// A whole number of at least `minimum`; `default` where absent; null is none.
    pub fn count(&self, name: &str, default: usize, minimum: usize) -> Result<usize> {
        let Some(value) = self.object.get(name) else {
            return Ok(default);
        };
        // The limit keeps products of sizes far from overflow, on 32-bit targets too.
        match value.as_u64() {
            Some(n) if n as usize >= minimum && n <= 1 << 24 => Ok(n as usize),
            _ => Err(self.error(
                name,
                format!(
                    "must be a whole number from {minimum} to {}, not {value}",
                    1 << 24
                ),
            )),
        }
    }

    pub fn optional_count(&self, name: &str, minimum: usize) -> Result<Option<usize>> {
        self.get(name)
            .map(|_| self.count(name, 0, minimum))
            .transpose()
    }

    /// A finite number greater than zero; `None` where absent or null.
    pub fn positive(&self, name: &str) -> Result<Option<f64>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match value.as_f64() {
            Some(x) if x.is_finite() && x > 0.0 => Ok(Some(x)),
            _ => Err(self.error(
                name,
                format!("must be a number greater than 0, not {value}"),
            )),
        }
    }

    pub fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.object.get(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(value) => Err(self.error(name, format!("must be true or false, not {value}"))),
        }
    }

    pub fn text(&self, name: &str, default: &'a str) -> Result<&'a str> {
        match self.object.get(name) {
            None => Ok(default),
            Some(Value::String(text)) => Ok(text),
            Some(value) => Err(self.error(name, format!("must be a string, not {value}"))),
        }
    }

    pub fn list(&self, name: &str) -> Result<Option<&'a [Value]>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(value) => Err(self.error(name, format!("must be a list, not {value}"))),
        }
    }

    /// A token id, or `None` where absent or null.
    pub fn token(&self, name: &str, default: Option<i32>) -> Result<Option<i32>> {
        match self.object.get(name) {
            None => Ok(default),
            Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64().and_then(|id| i32::try_from(id).ok()) {
                Some(id) if id >= 0 => Ok(Some(id)),
                _ => Err(self.error(name, format!("must be a token id, not {value}"))),
            },
        }
    }
}
