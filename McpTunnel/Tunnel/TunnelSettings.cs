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

    /// <summary>The token is of a login: it goes when the machine is logged out.</summary>
    public bool IsStored { get; init; }

    /// <summary>No token is set for this process: it goes by what is stored, or will be.</summary>
    public bool CanLogIn { get; init; }

    /// <summary>All that is missing is a login.</summary>
    public bool IsLoggedOut { get; init; }

    /// <summary>For a person: why there can be no tunnel with these settings, and what to do. Null when all is well.</summary>
    public string? Problem { get; init; }

    public static TunnelSettings FromEnvironment(IReadOnlyDictionary<string, string> variables) =>
        From(variables, new LoginFile(path: null));

    /// <summary>
    /// The environment wins over a login. A stored token goes with its own broker alone, and one of the environment with the broker that
    /// stands there, or the one on this machine.
    /// </summary>
    public static TunnelSettings From(IReadOnlyDictionary<string, string> variables, LoginFile file)
    {
        var problems = new List<string>();
        var url = ReadUrl(variables, UrlVariable, problems);
        var token = Value(variables, TokenVariable);
        var login = token is null ? Read(file, problems) : null;
        var counts = login is not null && (url is null || IsSame(url, login.Broker)) ? login : null;
        var settings = new TunnelSettings
        {
            Broker = counts?.Broker ?? url ?? DefaultBroker,
            Grpc = ReadUrl(variables, GrpcVariable, problems),
            Token = token ?? counts?.Token,
            IsStored = counts is not null,
            CanLogIn = token is null,
            Insecure = Value(variables, InsecureVariable) == "1",
            Trust = ReadTrust(variables, problems),
        };
        if (settings is { IsStored: true, Grpc: not null } && url is null)
        {
            problems.Add($"{GrpcVariable} is set without {UrlVariable}: it would take the token of {settings.Broker} elsewhere. Unset it, "
                + $"or set {UrlVariable} to the broker that it belongs to.");
        }

        problems.AddRange(settings.Problems());
        var isLoggedOut = settings.Token is null && problems.Count == 0;
        if (settings.Token is null)
        {
            problems.Add(settings.Missing(login));
        }

        return settings with { IsLoggedOut = isLoggedOut, Problem = problems.Count > 0 ? string.Join(' ', problems) : null };
    }

    /// <summary>For <c>login</c>: this broker, in whatever way the environment says that brokers are reached.</summary>
    /// <exception cref="InvalidOperationException">There is no logging in there; the message says why.</exception>
    public static TunnelSettings ForLogin(IReadOnlyDictionary<string, string> variables, string? broker)
    {
        var asked = new Dictionary<string, string>(variables);
        asked.Remove(TokenVariable);
        asked[UrlVariable] = broker ?? Value(variables, UrlVariable) ?? DefaultBroker.AbsoluteUri;
        var settings = From(asked, new LoginFile(path: null));
        return settings.IsLoggedOut ? settings : throw new InvalidOperationException(settings.Problem);
    }

    /// <summary>True where the token would go over a network for all to read, and nobody has allowed that.</summary>
    public bool Exposes(Uri url) => !Insecure && LoopbackHost.IsCleartextBeyond(url);

    // A record prints all its members: this one must not.
    public override string ToString() => $"broker {Broker}, {(Token is null ? "no token" : "a token")}";

    private IEnumerable<string> Problems()
    {
        if (Token?.Any(c => c is <= ' ' or > '~') == true)
        {
            yield return IsStored
                ? "The stored token holds characters that no token has. Run polydev-mcp login again."
                : $"{TokenVariable} holds characters that no token has. Copy the token again, whole and alone.";
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

    private string Missing(StoredLogin? login) => login is not null
        ? $"This machine is logged in at {login.Broker}, but {UrlVariable} is {Broker}, and a token goes to its own broker alone. Run "
            + $"polydev-mcp login {Broker}, or unset {UrlVariable}."
        : $"This machine is not logged in. Run polydev-mcp login {Broker}, or make a token at your broker ({Broker}: polydev-broker "
            + $"token create --name this-machine) and set {TokenVariable} to it.";

    private static StoredLogin? Read(LoginFile file, List<string> problems)
    {
        try
        {
            return file.Read();
        }
        catch (LoginFileException e)
        {
            problems.Add(e.Message);
            return null;
        }
    }

    /// <summary>Loopback has several names.</summary>
    private static bool IsSame(Uri one, Uri other) => one == other
        || (one.Scheme == other.Scheme && one.Port == other.Port && one.AbsolutePath == other.AbsolutePath
            && LoopbackHost.Is(one.Host) && LoopbackHost.Is(other.Host));

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
