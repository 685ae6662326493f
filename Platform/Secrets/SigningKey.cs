using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Squad.Platform.Secrets;

/// <summary>A key that signs access tokens: RSA 2048 for RS256. Immutable.</summary>
/// <param name="Id">The <c>kid</c> of the tokens it signs.</param>
/// <param name="Public">What checks its signatures.</param>
/// <param name="Private">What signs; null if this process cannot decrypt it.</param>
/// <param name="ActivatesAt">It signs from here on, and checks before.</param>
/// <param name="RetiresAt">It is not accepted any more from here on.</param>
public sealed record SigningKey(string Id, RSAParameters Public, RSAParameters? Private, DateTimeOffset ActivatesAt, DateTimeOffset RetiresAt)
{
    public const string Algorithm = "RS256";

    public const int Bits = 2048;

    // {"kty":"RSA","use":"sig","alg":"RS256","kid":"…","n":"…","e":"AQAB"}
    internal static string ToJwk(string id, RSAParameters key) => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["kty"] = "RSA",
        ["use"] = "sig",
        ["alg"] = Algorithm,
        ["kid"] = id,
        ["n"] = Base64Url.EncodeToString(key.Modulus),
        ["e"] = Base64Url.EncodeToString(key.Exponent),
    });

    internal static RSAParameters FromJwk(string jwk)
    {
        using var document = JsonDocument.Parse(jwk);
        return new RSAParameters { Modulus = Part("n"), Exponent = Part("e") };

        byte[] Part(string name) => Base64Url.DecodeFromChars(document.RootElement.GetProperty(name).GetString());
    }
}
