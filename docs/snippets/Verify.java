// Verify a webhook from Darkroom. Java 15 or later; nothing to install.
// As a command: java Verify.java KEY < request   (header lines, an empty line, the body)

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Verify {
    /** What stands before the 32 bytes of an ed25519 key in X.509 (RFC 8410), in base64. */
    private static final String X509 = "MCowBQYDK2VwAyEA";

    /**
     * Throws SignatureException unless these very bytes were signed for this key, within five
     * minutes. `header` gives a header's value or null: `request::getHeader` of a servlet.
     */
    public static void verify(UnaryOperator<String> header, byte[] body, String key)
            throws GeneralSecurityException {
        String id = header.apply("webhook-id");
        String sent = header.apply("webhook-timestamp");
        String signatures = header.apply("webhook-signature");
        if (id == null || signatures == null || sent == null || !sent.matches("[0-9]{1,12}")) {
            throw new SignatureException("A header is missing or malformed");
        }
        if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(sent)) > 300) {
            throw new SignatureException("Too old, or too new");
        }
        var content = new ByteArrayOutputStream();
        content.writeBytes((id + "." + sent + ".").getBytes(UTF_8));
        content.writeBytes(body);
        for (String signature : signatures.split(" ")) {
            if (fits(signature, content.toByteArray(), key)) {
                return;
            }
        }
        throw new SignatureException("No signature fits");
    }

    private static boolean fits(String signature, byte[] content, String key)
            throws GeneralSecurityException {
        if (key.startsWith("whsec_") && signature.startsWith("v1,")) {
            byte[] secret = Base64.getDecoder().decode(key.substring("whsec_".length()));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(content));
            return MessageDigest.isEqual(expected.getBytes(UTF_8), signature.getBytes(UTF_8));
        }
        if (key.startsWith("whpk_") && signature.startsWith("v1a,")) {
            byte[] encoded = Base64.getDecoder().decode(X509 + key.substring("whpk_".length()));
            Signature ed25519 = Signature.getInstance("Ed25519");
            ed25519.initVerify(
                    KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
            ed25519.update(content);
            try {
                return ed25519.verify(Base64.getDecoder().decode(signature.substring("v1a,".length())));
            } catch (SignatureException | IllegalArgumentException malformed) {
                return false;
            }
        }
        return false;
    }

    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        String[] parts = new String(System.in.readAllBytes(), ISO_8859_1).split("\n\n", 2);
        Map<String, String> headers =
                parts[0].lines()
                        .map(line -> line.split(": ", 2))
                        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        try {
            verify(headers::get, parts[1].getBytes(ISO_8859_1), arguments[0]);
            System.out.println("verified");
        } catch (SignatureException refusal) {
            System.err.println("refused: " + refusal.getMessage());
            System.exit(1);
        }
    }
}
