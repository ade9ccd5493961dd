package okio;

/** What generated clients use of the class of this name. */
public abstract class ByteString {
  public static ByteString of(byte... data) {
    throw new UnsupportedOperationException();
  }

  public static ByteString decodeBase64(String base64) {
    throw new UnsupportedOperationException();
  }

  public abstract String base64();

  public abstract byte[] toByteArray();
}
