using System.CommandLine;
using System.Globalization;
using Polydev.Broker.Api;
using Polydev.Broker.Calls;
using Polydev.Broker.SignIn.OpenId;

namespace Polydev.Broker.Commands;

/// <summary>What <c>polydev-broker serve</c> was told.</summary>
internal sealed record ServeOptions
{
    private const int DefaultGrpcPort = 5081;

    /// <summary>REST and pages. Port 0 takes a free one.</summary>
    public Uri Http { get; init; } = new("http://127.0.0.1:5080");

    /// <summary>The tunnels' port; null: port 5081 beside <see cref="Http"/>. With <c>https</c> there, one TLS port serves both.</summary>
    public Uri? Grpc { get; init; }

    /// <summary>PEM; the certificate first, then those of the authorities between it and the root.</summary>
    public string? TlsCert { get; init; }

    /// <summary>PEM; null: in the certificate's file.</summary>
    public string? TlsKey { get; init; }

    /// <summary>Cleartext on addresses that others reach.</summary>
    public bool Insecure { get; init; }

    /// <summary>REST, then the tunnels' port where there is one.</summary>
    public IReadOnlyList<Uri> Listening =>
        Http.Scheme == Uri.UriSchemeHttps ? [Http] : [Http, Grpc ?? new UriBuilder(Http) { Port = DefaultGrpcPort }.Uri];

    public required string DataFolder { get; init; }

    /// <summary>Npgsql's connection string; null: SQLite in the data folder.</summary>
    public string? Postgres { get; init; }

    /// <summary>Where the broker is reached from outside, when a proxy stands before it.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Start a tunnel for this machine's own CLIs beside the broker.</summary>
    public bool WithTunnel { get; init; }

    /// <summary>A call fails when its CLI says nothing for this long.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>A call ends after this time, however busy its CLI is.</summary>
    public TimeSpan CallTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Web pages that may call the API from a browser; none chosen: see <see cref="BrowserAccess.Of"/>.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>A stopping broker lets running answers come to their end for this long.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Recorded calls are deleted after so many days; 0: never.</summary>
    public int KeepDays { get; init; } = UsageOptions.DefaultCallDays;

    /// <summary>Pictures and documents that callers name by their address are fetched.</summary>
    public bool FetchAddresses { get; init; } = true;

    /// <summary>Whom people sign in with; null: by one-time links alone.</summary>
    public OpenIdOptions? OpenId { get; init; }

    /// <summary>For this long after its start the broker awaits the tunnels of its predecessor. No option of the command line.</summary>
    public TimeSpan AwaitTunnels { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The options of <c>serve</c> on the command line; what cannot be is refused there, with what the option takes.</summary>
internal static class ServeArguments
{
    private const int LongestTimeout = 86_400;
    private const int LongestDrain = 3600;
    private const int LongestKept = 36_500;

    private const string On = "on";

    private const string InsecureVariable = "POLYDEV_INSECURE";
    private const string FetchAddressesVariable = "POLYDEV_FETCH_ADDRESSES";
    private const string KeepDaysVariable = "POLYDEV_KEEP_DAYS";

    private static readonly Option<Uri> Http = new("--http")
    {
        Description = "Address of the REST API and the pages; with https, of the tunnels too.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:5080"),
        CustomParser = result => ListenUrl(result.Tokens[0].Value, result.AddError),
    };

    private static readonly Option<Uri?> Grpc = new("--grpc")
    {
        Description = "Address for the tunnels (gRPC without TLS) [default: port 5081 beside --http]",
        CustomParser = result => ListenUrl(result.Tokens[0].Value, result.AddError),
    };

    private static readonly Option<string?> TlsCert = new("--tls-cert")
    {
        Description = "Certificate for an https address (PEM)",
        HelpName = "FILE",
    };

    private static readonly Option<string?> TlsKey = new("--tls-key")
    {
        Description = "Its private key (PEM) [default: in the certificate's file]",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Insecure = new("--insecure")
    {
        Description = $"Listen without TLS on an address that other machines reach (environment: {InsecureVariable}=1)",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(InsecureVariable) == "1",
    };

    private static readonly Option<Uri?> PublicUrl = new("--public-url")
    {
        Description = "Address from outside, when a proxy stands before the broker.",
        CustomParser = result => Site(result.Tokens[0].Value, result.AddError),
    };

    private static readonly Option<string> Data = CommandOptions.Data();

    private static readonly Option<string?> Database = CommandOptions.Database();

    private static readonly Option<bool> WithTunnel = new("--with-tunnel")
    {
        Description = "Also start a tunnel for the CLIs on this machine.",
    };

    private static readonly Option<int> Timeout = SecondsOption(
        "--timeout", "Seconds without a word from the CLI until a call fails.", 120, 1, LongestTimeout);

    private static readonly Option<int> CallSeconds = SecondsOption(
        "--call-seconds", "Seconds that a call may take in all, however busy its CLI is.", 1800, 1, LongestTimeout);

    private static readonly Option<string[]> CorsOrigin = new("--cors-origin")
    {
        Description = "Web page origins that may call the API from a browser: https://host, * for all, or none. "
            + "By default all on a broker of this machine alone, none on any other.",
        HelpName = "ORIGIN[,ORIGIN…]",
        CustomParser = result => Origins(result.Tokens.Select(token => token.Value), result.AddError),
    };

    private static readonly Option<int> Drain = SecondsOption(
        "--drain-seconds", "Seconds that a stopping broker gives running answers to come to their end.", 30, 0, LongestDrain);

    private static readonly Option<int> KeepDays = new("--keep-days")
    {
        Description = $"Days that recorded calls are kept; 0: for ever (environment: {KeepDaysVariable})",
        HelpName = "N",
        DefaultValueFactory = result => Environment.GetEnvironmentVariable(KeepDaysVariable) is { Length: > 0 } chosen
            ? Days(chosen, KeepDaysVariable, result.AddError)
            : UsageOptions.DefaultCallDays,
        CustomParser = result => Days(result.Tokens[0].Value, "--keep-days", result.AddError),
    };

    // No bool: of those the parser takes true and false alone.
    private static readonly Option<string> FetchAddresses = new("--fetch-addresses")
    {
        Description = "Fetch pictures and PDFs that callers name by their https address, from public addresses alone "
            + $"(environment: {FetchAddressesVariable})",
        HelpName = "on|off",
        DefaultValueFactory = result => Environment.GetEnvironmentVariable(FetchAddressesVariable) is { Length: > 0 } chosen
            ? OnOrOff(chosen, FetchAddressesVariable, result.AddError)
            : On,
        CustomParser = result => OnOrOff(result.Tokens[0].Value, "--fetch-addresses", result.AddError),
    };

    public static IEnumerable<Option> All =>
    [
        Http, Grpc, TlsCert, TlsKey, Insecure, PublicUrl, Data, Database, WithTunnel, Timeout, CallSeconds, CorsOrigin, Drain, KeepDays,
        FetchAddresses, .. OpenIdArguments.All,
    ];

    public static ServeOptions Read(ParseResult parsed) => new()
    {
        Http = parsed.GetRequiredValue(Http),
        Grpc = parsed.GetValue(Grpc),
        TlsCert = parsed.GetValue(TlsCert),
        TlsKey = parsed.GetValue(TlsKey),
        Insecure = parsed.GetValue(Insecure),
        PublicUrl = parsed.GetValue(PublicUrl),
        DataFolder = parsed.GetRequiredValue(Data),
        Postgres = parsed.GetValue(Database),
        WithTunnel = parsed.GetValue(WithTunnel),
        Timeout = TimeSpan.FromSeconds(parsed.GetValue(Timeout)),
        CallTime = TimeSpan.FromSeconds(parsed.GetValue(CallSeconds)),
        CorsOrigins = parsed.GetValue(CorsOrigin) ?? [],
        DrainTime = TimeSpan.FromSeconds(parsed.GetValue(Drain)),
        KeepDays = parsed.GetValue(KeepDays),
        FetchAddresses = parsed.GetValue(FetchAddresses) == On,
        OpenId = OpenIdArguments.Read(parsed),
    };

    private static Option<int> SecondsOption(string name, string description, int byDefault, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            var seconds = result.GetValueOrDefault<int>();
            if (seconds < least || seconds > most)
            {
                result.AddError($"{name} takes {least} to {most} seconds.");
            }
        });
        return option;
    }

    private static string OnOrOff(string text, string name, Action<string> complain)
    {
        if (text is not (On or "off"))
        {
            complain($"{name} takes on or off.");
        }

        return text;
    }

    private static int Days(string text, string name, Action<string> complain)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days <= LongestKept)
        {
            return days;
        }

        complain($"{name} takes 0 to {LongestKept} days.");
        return 0;
    }

    private static string[] Origins(IEnumerable<string> texts, Action<string> complain)
    {
        var origins = new List<string>();
        foreach (var text in texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (BrowserAccess.Parse(text) is { } origin)
            {
                origins.Add(origin);
            }
            else
            {
                complain($"'{text}' is no origin: --cors-origin takes https://host, *, or none.");
            }
        }

        return [.. origins];
    }

    private static Uri? ListenUrl(string text, Action<string> complain)
    {
        if (Url(text, complain) is not { } url)
        {
            return null;
        }

        // A host name may stand for several addresses, or for another machine's: which to listen on would be a guess.
        if (url.Host == "localhost" || url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
        {
            return url;
        }

        complain($"'{text}' does not name an address of this machine: use localhost or an IP address (0.0.0.0 for all).");
        return null;
    }

    private static Uri? Site(string text, Action<string> complain)
    {
        if (Url(text, complain) is not { } url)
        {
            return null;
        }

        // The pages, their cookies and the sign-in links stand at the root of their host.
        if (url is { PathAndQuery: "/", Fragment: "", UserInfo: "" })
        {
            return url;
        }

        complain($"'{text}' is more than scheme, host and port: the broker has its host for itself.");
        return null;
    }

    private static Uri? Url(string text, Action<string> complain)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        complain($"'{text}' is no http:// or https:// address.");
        return null;
    }
}
