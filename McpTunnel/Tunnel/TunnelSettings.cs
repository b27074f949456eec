namespace Polydev.McpTunnel.Tunnel;

/// <summary>Which broker, and as whom. Never logged: it holds the token.</summary>
internal sealed record TunnelSettings
{
    public const string UrlVariable = "POLYDEV_BROKER_URL";
    public const string TokenVariable = "POLYDEV_USER_TOKEN";

    public static readonly Uri DefaultBroker = new("http://127.0.0.1:5080");

    /// <summary>The broker's one address: <c>POLYDEV_BROKER_URL</c>, else a broker on this machine.</summary>
    public Uri Broker { get; init; } = DefaultBroker;

    /// <summary>The account's tunnel token, <c>pd_…</c>; null when there is none.</summary>
    public string? Token { get; init; }

    /// <summary>For a person: why there can be no tunnel with these settings, and what to do. Null when all is well.</summary>
    public string? Problem { get; init; }

    public static TunnelSettings FromEnvironment(IReadOnlyDictionary<string, string> variables)
    {
        var url = Value(variables, UrlVariable);
        var token = Value(variables, TokenVariable);
        if (!TryReadUrl(url, out var broker))
        {
            return new TunnelSettings
            {
                Problem = $"{UrlVariable} is not an http or https address without a user name. "
                    + "Set it to your broker's, such as https://broker.example.com.",
            };
        }

        return new TunnelSettings { Broker = broker, Token = token, Problem = ProblemOf(token, broker) };
    }

    // A record prints all its members: this one must not.
    public override string ToString() => $"broker {Broker}, {(Token is null ? "no token" : "a token")}";

    private static string? ProblemOf(string? token, Uri broker) => token switch
    {
        null => $"{TokenVariable} is not set. Make a token at your broker "
            + $"({broker}: polydev-broker token create --name this-machine) and set {TokenVariable} to it.",
        _ when token.Any(c => c is <= ' ' or > '~') =>
            $"{TokenVariable} holds characters that no token has. Copy the token again, whole and alone.",
        _ => null,
    };

    private static bool TryReadUrl(string? text, out Uri broker)
    {
        broker = DefaultBroker;
        if (text is null)
        {
            return true;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            || url.UserInfo.Length > 0)
        {
            return false;
        }

        broker = url;
        return true;
    }

    private static string? Value(IReadOnlyDictionary<string, string> variables, string name) =>
        variables.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
