package okhttp3;

/** What the operations of a generated client name of OkHttp. */
public interface Call {}
