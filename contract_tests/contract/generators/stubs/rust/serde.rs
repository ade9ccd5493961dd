//! What generated clients name of serde.
pub use serde_derive::{Deserialize, Serialize};

pub trait Serialize {}
pub trait Deserialize<'de>: Sized {}

impl<T: Serialize + ?Sized> Serialize for &T {}
impl<T: Serialize> Serialize for [T] {}
impl<T: Serialize> Serialize for Vec<T> {}
impl<T: Serialize> Serialize for Option<T> {}
impl<T: Serialize, const N: usize> Serialize for [T; N] {}
impl<A: Serialize, B: Serialize> Serialize for (A, B) {}
impl<K: Serialize, V: Serialize> Serialize for std::collections::HashMap<K, V> {}
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Vec<T> {}
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Option<T> {}

macro_rules! values {
    ($($name:ty),*) => { $(
        impl Serialize for $name {}
        impl<'de> Deserialize<'de> for $name {}
    )* };
}

values!(String, bool, i32, i64, u32, u64, f32, f64, ());
impl Serialize for str {}

pub mod de {
    pub trait Error: Sized + std::error::Error {
        fn custom<T: std::fmt::Display>(message: T) -> Self;
    }
}
