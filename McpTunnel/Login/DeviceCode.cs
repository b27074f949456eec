using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Login;

/// <summary>What a broker answers to who asks to be logged in (RFC 8628, 3.2); times in seconds.</summary>
internal sealed record DeviceCode
{
    [JsonPropertyName("device_code")]
    public required string Code { get; init; }

    public required string UserCode { get; init; }

    public required Uri VerificationUri { get; init; }

    public Uri? VerificationUriComplete { get; init; }

    /// <summary>Where to send the person: the page that knows the code, where there is one.</summary>
    [JsonIgnore]
    public Uri Page => VerificationUriComplete ?? VerificationUri;

    public required int ExpiresIn { get; init; }

    public int Interval { get; init; } = 5;
}

/// <summary>A token, or why there is none yet.</summary>
internal sealed record TokenAnswer
{
    public string? AccessToken { get; init; }

    public string? MachineName { get; init; }

    public string? Error { get; init; }

    public string? ErrorDescription { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeviceCode))]
[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class LoginJson : JsonSerializerContext;
