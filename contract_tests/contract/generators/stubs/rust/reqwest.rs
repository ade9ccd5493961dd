//! What generated clients name of reqwest: they are compiled with it, and send nothing.
use std::fmt;

#[derive(Clone, Debug)]
pub struct Client;

pub struct Request;
pub struct RequestBuilder;
pub struct Response;

#[derive(Debug)]
pub struct Error;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StatusCode(u16);

pub struct Method;

impl Method {
    pub const DELETE: Method = Method;
    pub const GET: Method = Method;
    pub const PATCH: Method = Method;
    pub const POST: Method = Method;
    pub const PUT: Method = Method;
}

pub mod header {
    pub const USER_AGENT: &str = "user-agent";

    pub struct HeaderMap;
    pub struct HeaderValue;

    impl HeaderMap {
        pub fn get(&self, _: &str) -> Option<&HeaderValue> {
            unimplemented!()
        }
    }

    impl HeaderValue {
        pub fn to_str(&self) -> Result<&str, std::fmt::Error> {
            unimplemented!()
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl std::error::Error for Error {}

impl fmt::Display for StatusCode {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl StatusCode {
    pub fn is_client_error(&self) -> bool {
        unimplemented!()
    }

    pub fn is_server_error(&self) -> bool {
        unimplemented!()
    }
}

impl Client {
    pub fn new() -> Client {
        Client
    }

    pub fn request(&self, _: Method, _: &str) -> RequestBuilder {
        unimplemented!()
    }

    pub async fn execute(&self, _: Request) -> Result<Response, Error> {
        unimplemented!()
    }
}

impl RequestBuilder {
    pub fn query<T: serde::Serialize + ?Sized>(self, _: &T) -> RequestBuilder {
        self
    }

    pub fn header<V: Into<String>>(self, _: &str, _: V) -> RequestBuilder {
        self
    }

    pub fn bearer_auth<T: fmt::Display>(self, _: T) -> RequestBuilder {
        self
    }

    pub fn json<T: serde::Serialize + ?Sized>(self, _: &T) -> RequestBuilder {
        self
    }

    pub fn form<T: serde::Serialize + ?Sized>(self, _: &T) -> RequestBuilder {
        self
    }

    pub fn build(self) -> Result<Request, Error> {
        unimplemented!()
    }
}

impl Response {
    pub fn status(&self) -> StatusCode {
        unimplemented!()
    }

    pub fn headers(&self) -> &header::HeaderMap {
        unimplemented!()
    }

    pub async fn text(self) -> Result<String, Error> {
        unimplemented!()
    }
}
