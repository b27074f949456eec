using System.Text.Json;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// What the user's Gemini CLI authenticates with, and the provider it talks to: all that a private home carries over. Nothing else
/// of the user's settings or variables is read.
/// </summary>
/// <param name="Method">The CLI's own name of the method; null when nothing selects one.</param>
/// <param name="Environment">Complete for the child as far as authentication goes.</param>
/// <param name="Folder">The user's own <c>.gemini</c> folder.</param>
internal sealed record GeminiLogin(string? Method, IReadOnlyDictionary<string, string> Environment, string Folder)
{
    public const string ApiKey = "gemini-api-key";
    public const string Vertex = "vertex-ai";
    public const string OAuth = "oauth-personal";
    public const string CredentialsFile = "oauth_creds.json";

    /// <summary>Linked, not copied: the CLI refreshes the tokens in place.</summary>
    public static readonly string[] Credentials = [CredentialsFile, "google_accounts.json"];

    private const string ApplicationCredentials = "GOOGLE_APPLICATION_CREDENTIALS";

    private static readonly string[] BaseUrlNames = ["GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "CODE_ASSIST_ENDPOINT"];
    private static readonly string[] Carried = ["GEMINI_API_KEY", "GOOGLE_*", "CODE_ASSIST_ENDPOINT"];
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The addresses of the user's own that its calls go to.</summary>
    public IReadOnlyList<string> BaseUrls => [.. BaseUrlNames.Where(Has).Select(name => Environment[name])];

    /// <summary>
    /// False when starting the CLI could only fail. Started for OAuth without credentials it would read our JSON-RPC as
    /// an authorization code and send it to Google (seen with 0.61.0).
    /// </summary>
    public bool IsComplete => Method switch
    {
        ApiKey => Has("GEMINI_API_KEY"),
        Vertex => Has("GOOGLE_API_KEY") || (Has("GOOGLE_CLOUD_PROJECT") && Has("GOOGLE_CLOUD_LOCATION")),
        OAuth => File.Exists(Path.Combine(Folder, CredentialsFile)) || (Has("GOOGLE_GENAI_USE_GCA") && Has("GOOGLE_CLOUD_ACCESS_TOKEN")),
        _ => false,
    };

    /// <summary>Whom the vendor asks to pay.</summary>
    public LoginKind Kind => Method switch
    {
        ApiKey => LoginKind.ApiKey,
        Vertex => LoginKind.Cloud,
        OAuth => LoginKind.Subscription,
        _ => LoginKind.Unspecified,
    };

    /// <summary>For a person: what is missing, and how to get it.</summary>
    public string Hint => Method switch
    {
        ApiKey => "Gemini CLI is set to use an API key, but GEMINI_API_KEY is not set: set it, or put it into ~/.gemini/.env.",
        Vertex => "Gemini CLI is set to use Vertex AI: set GOOGLE_API_KEY, or GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION.",
        OAuth => "Gemini CLI is set to log in with Google but has no credentials: run gemini and log in. "
            + "Google serves enterprise logins only; else set GEMINI_API_KEY and choose the API key with /auth.",
        null => "Gemini CLI has no login: set GEMINI_API_KEY, or run gemini and log in with an enterprise account.",
        _ => $"Gemini CLI's login method {Method} cannot be used here: set GEMINI_API_KEY and choose the API key with /auth.",
    };

    /// <summary>The files that <see cref="Read"/> or the CLI reads it from.</summary>
    public static IEnumerable<string> Files(CliEnvironment environment)
    {
        var folder = FolderOf(environment);
        var named = Read(environment).Environment.GetValueOrDefault(ApplicationCredentials);
        return
        [
            Path.Combine(folder, "settings.json"), .. EnvFiles(environment), .. Credentials.Select(name => Path.Combine(folder, name)),
            DefaultApplicationCredentials(environment), .. string.IsNullOrEmpty(named) ? [] : new[] { named },
        ];
    }

    public static GeminiLogin Read(CliEnvironment environment)
    {
        var folder = FolderOf(environment);
        var variables = ChildEnvironment.From(environment.Variables, Carried);
        foreach (var file in EnvFiles(environment))
        {
            Add(variables, ChildEnvironment.From(GeminiEnvFile.Read(file), Carried));
        }

        var method = ReadMethod(Path.Combine(folder, "settings.json")) ?? Derive(variables);
        AddApplicationCredentials(environment, method, variables);
        if (BaseUrlNames.Any(name => BrokerLoop.IsElsewhere(variables.GetValueOrDefault(name), "googleapis.com")))
        {
            variables["GEMINI_CLI_CUSTOM_HEADERS"] = $"{TunnelProtocol.HopHeader}:1";
        }

        return new GeminiLogin(method, variables, folder);
    }

    /// <exception cref="CliFailureException">NOT_LOGGED_IN, with what is missing.</exception>
    public void ThrowIfIncomplete()
    {
        if (!IsComplete)
        {
            throw new CliFailureException(FailureKind.NotLoggedIn, Hint);
        }
    }

    private static string FolderOf(CliEnvironment environment) =>
        Path.Combine(environment.Variable("GEMINI_CLI_HOME") ?? environment.Home, ".gemini");

    private static string[] EnvFiles(CliEnvironment environment) =>
        [Path.Combine(FolderOf(environment), ".env"), Path.Combine(environment.Home, ".env")];

    private bool Has(string name) => Environment.TryGetValue(name, out var value) && value.Length > 0;

    // As the CLI does: what is set already stands.
    private static void Add(Dictionary<string, string> variables, Dictionary<string, string> more)
    {
        foreach (var (name, value) in more)
        {
            variables.TryAdd(name, value);
        }
    }

    private static string? ReadMethod(string settings)
    {
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(settings), Lenient);
            return file.RootElement.TryGetProperty("security", out var security)
                && security.TryGetProperty("auth", out var auth)
                && auth.TryGetProperty("selectedType", out var type)
                ? type.GetString()
                : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException or InvalidOperationException)
        {
            // No settings, or none that the CLI could read either: the environment decides.
            return null;
        }
    }

    private static string? Derive(Dictionary<string, string> variables) =>
        variables.GetValueOrDefault("GOOGLE_GENAI_USE_GCA") == "true" ? OAuth
        : variables.GetValueOrDefault("GOOGLE_GENAI_USE_VERTEXAI") == "true" ? Vertex
        : variables.ContainsKey("GEMINI_API_KEY") ? ApiKey
        : null;

    // Google's libraries look for these below the home folder, which is another one for the child.
    private static void AddApplicationCredentials(CliEnvironment environment, string? method, Dictionary<string, string> variables)
    {
        var file = DefaultApplicationCredentials(environment);
        if (method == Vertex && File.Exists(file))
        {
            variables.TryAdd(ApplicationCredentials, file);
        }
    }

    private static string DefaultApplicationCredentials(CliEnvironment environment)
    {
        var gcloud = OperatingSystem.IsWindows()
            ? environment.Variable("APPDATA") ?? string.Empty
            : Path.Combine(environment.Home, ".config");
        return Path.Combine(gcloud, "gcloud", "application_default_credentials.json");
    }
}

/// <summary>
/// The user's <c>.env</c> file, as far as API keys need it: <c>NAME=value</c> lines, optionally quoted or with <c>export</c>.
/// </summary>
internal static class GeminiEnvFile
{
    /// <summary>Empty when there is no such file, or it cannot be read.</summary>
    public static Dictionary<string, string> Read(string path)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Lines(path))
        {
            var text = line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..] : line;
            var equals = text.IndexOf('=');
            if (equals > 0 && text[0] != '#')
            {
                variables[text[..equals].Trim()] = Unquote(text[(equals + 1)..].Trim());
            }
        }

        return variables;
    }

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path).Select(line => line.Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Most users have none.
            return [];
        }
    }

    private static string Unquote(string value) =>
        value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value.Split(" #")[0].TrimEnd();
}
