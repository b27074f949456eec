using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>How this machine's user is known to the vendor, and all that a locked-down process needs of it.</summary>
internal sealed record ClaudeLogin
{
    // Which provider, where, and as whom. The model is each call's own.
    private static readonly string[] Names = ["ANTHROPIC_*", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_CLIENT_*"];
    private static readonly string[] NotCarried = ["ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL"];

    private const string HeadersVariable = "ANTHROPIC_CUSTOM_HEADERS";

    private static readonly (string Switch, string[] Names)[] Clouds =
    [
        ("CLAUDE_CODE_USE_BEDROCK", ["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_SKIP_BEDROCK_AUTH", "AWS_*"]),
        (
            "CLAUDE_CODE_USE_VERTEX",
            [
                "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_SKIP_VERTEX_AUTH", "GOOGLE_*", "GCLOUD_PROJECT", "CLOUDSDK_*", "CLOUD_ML_REGION",
                "VERTEX_REGION_*",
            ]),
        ("CLAUDE_CODE_USE_FOUNDRY", ["CLAUDE_CODE_USE_FOUNDRY", "CLAUDE_CODE_SKIP_FOUNDRY_AUTH", "AZURE_*"]),
    ];

    public required ClaudeLoginKind Kind { get; init; }

    /// <summary>Patterns for <see cref="Processes.ChildEnvironment"/>.</summary>
    public required IReadOnlyList<string> Carried { get; init; }

    /// <summary>The environment with the user's settings laid over it, as the CLI itself does; only the carried names leave it.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The addresses of the user's own that its calls go to.</summary>
    public IReadOnlyList<string> BaseUrls =>
    [
        .. Variables.Where(variable => variable.Key.StartsWith("ANTHROPIC_", StringComparison.Ordinal)
                && variable.Key.EndsWith("_BASE_URL", StringComparison.Ordinal))
            .Select(variable => variable.Value),
    ];

    /// <summary>A session gets <c>--bare</c>, which drops the reminders about this machine too. It refuses subscriptions.</summary>
    public bool IsBare => Kind is ClaudeLoginKind.Key or ClaudeLoginKind.KeyHelper or ClaudeLoginKind.Cloud;

    /// <summary>Whom the vendor asks to pay.</summary>
    /// <param name="description">The CLI's own: only it knows what <c>/login</c> has stored, a subscription or a key.</param>
    public LoginKind KindOf(JsonElement description) => Kind switch
    {
        ClaudeLoginKind.Key or ClaudeLoginKind.KeyHelper => LoginKind.ApiKey,
        ClaudeLoginKind.Cloud => LoginKind.Cloud,
        ClaudeLoginKind.Stored when description.Member("account") is { } account
            && account.TextOf("apiKeySource") is not (null or "none")
            && account.TextOf("tokenSource") is null or "none" => LoginKind.ApiKey,
        _ => LoginKind.Subscription,
    };

    /// <summary>The user's own command that prints a key, with <see cref="ClaudeLoginKind.KeyHelper"/>.</summary>
    public string? ApiKeyHelper { get; init; }

    /// <summary>
    /// The files that <see cref="Of"/> or the CLI reads it from. Not <c>.claude.json</c>: the CLI writes it at each start. So a login into
    /// a keychain shows in none of them.
    /// </summary>
    public static IEnumerable<string> Files(CliEnvironment environment)
    {
        var folder = ClaudeUserSettings.Folder(environment);
        return [Path.Combine(folder, ClaudeUserSettings.FileName), Path.Combine(folder, ".credentials.json")];
    }

    /// <summary>Looks at the environment and at the user's <c>settings.json</c>. Opens no credential store.</summary>
    public static ClaudeLogin Of(CliEnvironment environment)
    {
        var settings = ClaudeUserSettings.Read(environment);
        var variables = new Dictionary<string, string>(environment.Variables);
        foreach (var (name, value) in settings.Environment)
        {
            variables[name] = value;
        }

        foreach (var name in NotCarried)
        {
            variables.Remove(name);
        }

        MarkHop(variables);
        var clouds = Clouds.Where(cloud => IsOn(variables, cloud.Switch)).SelectMany(cloud => cloud.Names).ToArray();
        var kind = clouds.Length > 0 ? ClaudeLoginKind.Cloud
            : Has(variables, "ANTHROPIC_API_KEY") || Has(variables, "ANTHROPIC_AUTH_TOKEN") ? ClaudeLoginKind.Key
            : settings.ApiKeyHelper is not null ? ClaudeLoginKind.KeyHelper
            : Has(variables, "CLAUDE_CODE_OAUTH_TOKEN") ? ClaudeLoginKind.Token
            : ClaudeLoginKind.Stored;
        return new ClaudeLogin
        {
            Kind = kind,
            Carried = [.. Names, .. clouds],
            Variables = variables,
            ApiKeyHelper = kind == ClaudeLoginKind.KeyHelper ? settings.ApiKeyHelper : null,
        };
    }

    /// <summary>Never the values: a record would print its secrets.</summary>
    public override string ToString() => Kind.ToString();

    // One header a line.
    private static void MarkHop(Dictionary<string, string> variables)
    {
        if (BrokerLoop.IsElsewhere(variables.GetValueOrDefault("ANTHROPIC_BASE_URL"), "anthropic.com"))
        {
            var own = variables.GetValueOrDefault(HeadersVariable)?.TrimEnd() ?? string.Empty;
            variables[HeadersVariable] = $"{own}{(own.Length > 0 ? "\n" : string.Empty)}{TunnelProtocol.HopHeader}: 1";
        }
    }

    private static bool Has(Dictionary<string, string> variables, string name) => variables.GetValueOrDefault(name) is { Length: > 0 };

    private static bool IsOn(Dictionary<string, string> variables, string name) =>
        variables.GetValueOrDefault(name)?.ToLowerInvariant() is "1" or "true" or "yes" or "on";
}

/// <summary>Where the login comes from. It decides which home a process is given.</summary>
internal enum ClaudeLoginKind
{
    /// <summary>An API key or a bearer token in the environment.</summary>
    Key,

    /// <summary>A command of the user's settings that prints a key.</summary>
    KeyHelper,

    /// <summary>A subscription's token in the environment (<c>claude setup-token</c>).</summary>
    Token,

    /// <summary>Bedrock, Vertex or Foundry, with their own credentials.</summary>
    Cloud,

    /// <summary>What <c>/login</c> stored, if anything: a file in the user's config folder, or the keychain.</summary>
    Stored,
}
