import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.util.VersionInfo;

/** Resolves credentials once, as every client of the SDK does, and prints whose they are. Nothing else is printed. */
public final class Resolve {
  public static void main(String[] arguments) {
    String answer;
    try (DefaultCredentialsProvider provider = DefaultCredentialsProvider.builder().build()) {
      answer = "\"accessKeyId\":\"" + provider.resolveCredentials().accessKeyId() + "\"";
    } catch (RuntimeException error) {
      answer = "\"error\":\"" + error.getClass().getSimpleName() + "\"";
    }
    System.out.println("{\"sdk\":\"aws-sdk-java-v2 " + VersionInfo.SDK_VERSION + "\"," + answer + "}");
  }
}
