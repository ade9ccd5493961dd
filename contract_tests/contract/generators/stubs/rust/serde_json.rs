//! What generated clients name of serde_json.
use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Array(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

impl fmt::Display for Value {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl serde::Serialize for Value {}
impl<'de> serde::Deserialize<'de> for Value {}

#[derive(Debug)]
pub struct Error;

impl fmt::Display for Error {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(_: T) -> Self {
        unimplemented!()
    }
}

pub fn from_str<'a, T: serde::Deserialize<'a>>(_: &'a str) -> Result<T, Error> {
    unimplemented!()
}

pub fn to_string<T: serde::Serialize + ?Sized>(_: &T) -> Result<String, Error> {
    unimplemented!()
}

pub fn to_value<T: serde::Serialize>(_: T) -> Result<Value, Error> {
    unimplemented!()
}
