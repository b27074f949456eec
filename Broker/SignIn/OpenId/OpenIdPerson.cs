using System.Security.Claims;
using System.Text.Json;

namespace Polydev.Broker.SignIn.OpenId;

/// <summary>Whom the provider has confirmed, by a token that has been checked.</summary>
internal sealed record OpenIdPerson
{
    // OpenID Connect Core, 2: at most 255 ASCII characters. RFC 5321, 4.5.3.1.3: a path of 256 with its brackets.
    private const int LongestSubject = 255;
    private const int LongestIssuer = 1000;
    private const int LongestEmail = 254;

    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    /// <summary>Null where the provider does not say that it has verified one.</summary>
    public string? Email { get; init; }

    /// <summary>What the person calls himself.</summary>
    public string? Name { get; init; }

    /// <summary>Null where the token does not say who it is in the way that it must.</summary>
    public static OpenIdPerson? Of(ClaimsPrincipal token)
    {
        var (issuer, subject) = (token.FindFirstValue("iss"), token.FindFirstValue("sub"));
        return IsPlain(issuer, LongestIssuer) && IsPlain(subject, LongestSubject)
            ? new OpenIdPerson
            {
                Issuer = issuer!,
                Subject = subject!,
                Email = Verified(token.FindFirstValue("email"), token.FindFirstValue("email_verified")),
                Name = token.FindFirstValue("name"),
            }
            : null;
    }

    /// <summary>
    /// With what the provider tells of the same person beside the token, where the token says nothing. An address and its being verified
    /// are taken from one place: two halves would vouch for an address that nobody has verified.
    /// </summary>
    public OpenIdPerson With(JsonElement userInfo) => this with
    {
        Email = Email ?? Verified(Text(userInfo, "email"), Text(userInfo, "email_verified")),
        Name = Name ?? Text(userInfo, "name"),
    };

    // Some providers write the boolean as a text.
    private static string? Verified(string? email, string? verified) =>
        string.Equals(verified, "true", StringComparison.OrdinalIgnoreCase) && IsPlain(email, LongestEmail)
        && email!.LastIndexOf('@') is var at and > 0 && at < email.Length - 1
            ? email
            : null;

    private static bool IsPlain(string? text, int longest) =>
        text is { Length: > 0 } && text.Length <= longest && text.All(character => character > ' ' && !char.IsControl(character));

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value)
        && value.ValueKind is JsonValueKind.String or JsonValueKind.True
            ? value.ToString()
            : null;
}
