using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>Which broker, and as whom. Never logged: it holds the token.</summary>
internal sealed record TunnelSettings
{
    public const string UrlVariable = "POLYDEV_BROKER_URL";
    public const string GrpcVariable = "POLYDEV_GRPC_URL";
    public const string TokenVariable = "POLYDEV_USER_TOKEN";
    public const string InsecureVariable = "POLYDEV_INSECURE";

    public static readonly Uri DefaultBroker = new("http://127.0.0.1:5080");

    /// <summary>The broker's one address: <c>POLYDEV_BROKER_URL</c>, else a broker on this machine.</summary>
    public Uri Broker { get; init; } = DefaultBroker;

    /// <summary>
    /// <c>POLYDEV_GRPC_URL</c>: where its tunnel service is, whatever it says itself; null: where it says, on its own host.
    /// </summary>
    public Uri? Grpc { get; init; }

    /// <summary>The account's tunnel token, <c>pd_…</c>; null when there is none.</summary>
    public string? Token { get; init; }

    /// <summary><c>POLYDEV_INSECURE=1</c>: token and conversations may cross a network in cleartext.</summary>
    public bool Insecure { get; init; }

    public BrokerTrust Trust { get; init; } = BrokerTrust.OfTheSystem;

    /// <summary>For a person: why there can be no tunnel with these settings, and what to do. Null when all is well.</summary>
    public string? Problem { get; init; }

    public static TunnelSettings FromEnvironment(IReadOnlyDictionary<string, string> variables)
    {
        var problems = new List<string>();
        var settings = new TunnelSettings
        {
            Broker = ReadUrl(variables, UrlVariable, problems) ?? DefaultBroker,
            Grpc = ReadUrl(variables, GrpcVariable, problems),
            Token = Value(variables, TokenVariable),
            Insecure = Value(variables, InsecureVariable) == "1",
            Trust = ReadTrust(variables, problems),
        };
        problems.AddRange(settings.Problems());
        return settings with { Problem = problems.Count > 0 ? string.Join(' ', problems) : null };
    }

    /// <summary>True where the token would go over a network for all to read, and nobody has allowed that.</summary>
    public bool Exposes(Uri url) => !Insecure && LoopbackHost.IsCleartextBeyond(url);

    // A record prints all its members: this one must not.
    public override string ToString() => $"broker {Broker}, {(Token is null ? "no token" : "a token")}";

    private IEnumerable<string> Problems()
    {
        if (Token is null)
        {
            yield return $"{TokenVariable} is not set. Make a token at your broker "
                + $"({Broker}: polydev-broker token create --name this-machine) and set {TokenVariable} to it.";
        }
        else if (Token.Any(c => c is <= ' ' or > '~'))
        {
            yield return $"{TokenVariable} holds characters that no token has. Copy the token again, whole and alone.";
        }

        foreach (var (name, url) in new[] { (UrlVariable, Broker), (GrpcVariable, Grpc) })
        {
            if (url is not null && Exposes(url))
            {
                yield return $"{name} ({url}) has no TLS: the token and all conversations would cross the network in cleartext. "
                    + $"Use the broker's https address, or set {InsecureVariable}=1 where the network is safe.";
            }
        }
    }

    private static Uri? ReadUrl(IReadOnlyDictionary<string, string> variables, string name, List<string> problems)
    {
        if (Value(variables, name) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0)
        {
            return url;
        }

        problems.Add($"{name} is not an http or https address without a user name. "
            + "Set it to your broker's, such as https://broker.example.com.");
        return null;
    }

    private static BrokerTrust ReadTrust(IReadOnlyDictionary<string, string> variables, List<string> problems)
    {
        if (Value(variables, BrokerTrust.FileVariable) is not { } file)
        {
            return BrokerTrust.OfTheSystem;
        }

        if (BrokerTrust.Load(file) is { } trust)
        {
            return trust;
        }

        problems.Add($"{BrokerTrust.FileVariable} names no readable file with a certificate in it (PEM).");
        return BrokerTrust.OfTheSystem;
    }

    private static string? Value(IReadOnlyDictionary<string, string> variables, string name) =>
        variables.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
