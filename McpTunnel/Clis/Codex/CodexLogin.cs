using System.Text.Json;
using Polydev.Protos.V1;
using Tomlyn;
using Tomlyn.Model;
using Tomlyn.Serialization;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>What is taken of the user's own CODEX_HOME: authentication and the selection of a provider, nothing else.</summary>
internal sealed record CodexLogin
{
    private const string BuiltInProvider = "openai";

    // Never: mcp_servers, hooks, plugins, instructions, profiles, notify.
    private static readonly string[] CarriedKeys =
        ["openai_base_url", "chatgpt_base_url", "cli_auth_credentials_store", "forced_login_method", "forced_chatgpt_workspace_id"];

    public required CodexLoginKind Kind { get; init; }

    /// <summary>The content of the private config.toml.</summary>
    public required TomlTable Carried { get; init; }

    /// <summary>Environment variables that the provider reads.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>The provider's <c>env_key</c> when it is not set; else null.</summary>
    public string? MissingVariable { get; init; }

    /// <summary>Only with <see cref="CodexLoginKind.EnvironmentKey"/>.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The user's auth.json, all links resolved; null where there is none, or Codex would not read it.</summary>
    public string? AuthFile { get; init; }

    /// <summary>The lock that the user's own Codex takes to write auth.json.</summary>
    public string? AuthLock { get; init; }

    /// <summary>The user's own default model; null when the configuration names none.</summary>
    public string? Model { get; init; }

    /// <summary>The files that <see cref="Read"/> looks at.</summary>
    public static string[] Files(CliEnvironment environment) => [In(environment, "config.toml"), In(environment, "auth.json")];

    /// <exception cref="CliFailureException">The user's files cannot be read.</exception>
    public static CodexLogin Read(CliEnvironment environment)
    {
        var (configFile, authFile) = (new FileInfo(In(environment, "config.toml")), new FileInfo(In(environment, "auth.json")));
        try
        {
            var user = configFile.Exists
                ? TomlSerializer.Deserialize(File.ReadAllText(configFile.FullName), CodexToml.Default.TomlTable) ?? []
                : [];
            return Select(user, authFile, environment);
        }
        catch (Exception e) when (e is TomlException or JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException(
                FailureKind.NotLoggedIn, "Codex's config.toml or auth.json on the tunnel's machine cannot be read.", inner: e);
        }
    }

    /// <summary>Whom the vendor asks to pay.</summary>
    /// <param name="account">Codex's own word for the account, where only it knows: with a keyring. Else null.</param>
    public LoginKind PayerOf(string? account) => Kind switch
    {
        CodexLoginKind.ChatGpt => LoginKind.Subscription,
        CodexLoginKind.Keyring when account is not null and not "apiKey" => LoginKind.Subscription,
        CodexLoginKind.ApiKeyFile or CodexLoginKind.EnvironmentKey or CodexLoginKind.Keyring => LoginKind.ApiKey,

        // Its own key, or none.
        CodexLoginKind.OwnProvider when Variables.Count > 0 => LoginKind.ApiKey,
        _ => LoginKind.Unspecified,
    };

    /// <summary>Without a login Codex would send the conversation all the same, and its own error would be none.</summary>
    /// <exception cref="CliFailureException">NOT_LOGGED_IN, as far as the files tell.</exception>
    public void ThrowIfNone()
    {
        if (Kind == CodexLoginKind.None || MissingVariable is not null)
        {
            throw CodexErrors.NotLoggedIn(MissingVariable);
        }
    }

    /// <summary>Never the values: a record would print its secrets.</summary>
    public override string ToString() => Kind.ToString();

    /// <summary>A file of the user's own CODEX_HOME.</summary>
    internal static string In(CliEnvironment environment, string name) =>
        Path.Combine(environment.Variable("CODEX_HOME") ?? Path.Combine(environment.Home, ".codex"), name);

    private static CodexLogin Select(TomlTable user, FileInfo authFile, CliEnvironment environment)
    {
        var carried = new TomlTable();
        foreach (var key in CarriedKeys)
        {
            if (user.TryGetValue(key, out var value))
            {
                carried[key] = value;
            }
        }

        var config = new CodexLogin
        {
            Kind = CodexLoginKind.None,
            Carried = carried,
            Model = user.TryGetValue("model", out var model) ? model as string : null,
        };
        var name = user.TryGetValue("model_provider", out var selected) && selected is string chosen ? chosen : BuiltInProvider;
        if (name == BuiltInProvider)
        {
            return CodexProviders.AddBuiltIn(WithLogin(config, authFile, environment));
        }

        var own = CodexProviders.AddOwn(config, name, user, environment);
        return own.Kind == CodexLoginKind.OwnProvider ? own : WithLogin(own, authFile, environment);
    }

    private static CodexLogin WithLogin(CodexLogin config, FileInfo authFile, CliEnvironment environment)
    {
        var store = config.Carried.TryGetValue("cli_auth_credentials_store", out var value) ? value as string : "file";
        if (store is "file" or "auto" && authFile.Exists)
        {
            var resolved = authFile.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? authFile.FullName;
            return config with
            {
                AuthFile = resolved,
                AuthLock = Path.Combine(authFile.DirectoryName!, "auth.lock"),
                Kind = ReadLogin(resolved),
            };
        }

        if (store is "keyring" or "auto")
        {
            return config with { Kind = CodexLoginKind.Keyring };
        }

        var key = environment.Variable("CODEX_API_KEY") ?? environment.Variable("OPENAI_API_KEY");
        if (key is null)
        {
            return config;
        }

        config.Carried["cli_auth_credentials_store"] = "ephemeral";
        return config with { Kind = CodexLoginKind.EnvironmentKey, ApiKey = key };
    }

    // The kinds of auth.json: auth_mode where it is written, else what it holds.
    private static CodexLoginKind ReadLogin(string authFile)
    {
        using var auth = JsonDocument.Parse(File.ReadAllBytes(authFile));
        var root = auth.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return CodexLoginKind.None;
        }

        var hasKey = Has("OPENAI_API_KEY");
        var mode = Has("auth_mode") ? root.GetProperty("auth_mode"u8).ToString() : null;
        return mode switch
        {
            "apikey" when hasKey => CodexLoginKind.ApiKeyFile,
            null when hasKey && !Has("tokens") => CodexLoginKind.ApiKeyFile,
            _ when Has("tokens") || mode is not (null or "apikey") => CodexLoginKind.ChatGpt,
            _ => CodexLoginKind.None,
        };

        bool Has(string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);
    }
}

/// <summary>How the user's Codex is logged in, as far as its files and this environment tell.</summary>
internal enum CodexLoginKind
{
    /// <summary>Neither a login nor a key.</summary>
    None,

    /// <summary>auth.json holds an API key.</summary>
    ApiKeyFile,

    /// <summary>auth.json holds tokens of a ChatGPT account.</summary>
    ChatGpt,

    /// <summary>No auth.json, but OPENAI_API_KEY or CODEX_API_KEY is set. app-server reads neither: we log in with it, in memory.</summary>
    EnvironmentKey,

    /// <summary>In the system's keyring, which only Codex itself can read.</summary>
    Keyring,

    /// <summary>The user's provider needs no login of OpenAI's.</summary>
    OwnProvider,
}

/// <summary>TOML as tables, without reflection.</summary>
[TomlSerializable(typeof(TomlTable))]
internal sealed partial class CodexToml : TomlSerializerContext;
