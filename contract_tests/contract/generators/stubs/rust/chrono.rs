//! What generated clients name of chrono.
use std::fmt;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FixedOffset;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DateTime<Zone>(Zone);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NaiveDate;

impl<Zone> fmt::Display for DateTime<Zone> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl fmt::Display for NaiveDate {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl<Zone> serde::Serialize for DateTime<Zone> {}
impl serde::Serialize for NaiveDate {}
