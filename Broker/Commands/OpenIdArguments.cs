using System.CommandLine;
using System.CommandLine.Parsing;
using Polydev.Broker.SignIn.OpenId;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Commands;

/// <summary>The options of <c>serve</c> by which people sign in with an OpenID Connect provider.</summary>
internal static class OpenIdArguments
{
    public const string ClientIdVariable = "POLYDEV_OIDC_CLIENT_ID";

    /// <summary>In the environment alone: no list of processes and no shell's history shows it there.</summary>
    public const string ClientSecretVariable = "POLYDEV_OIDC_CLIENT_SECRET";

    private const int LongestName = 60;

    private static readonly Option<Uri?> Authority = new("--oidc-authority")
    {
        Description = "Let people sign in with this OpenID Connect provider; its client id and secret are in the environment: "
            + $"{ClientIdVariable}, {ClientSecretVariable}. Its redirect URI is {OpenIdSignIn.CallbackPath} at this broker's address.",
        HelpName = "URL",
        CustomParser = result => AuthorityUrl(result.Tokens[0].Value, result.AddError),
    };

    private static readonly Option<string?> ProviderName = new("--oidc-name")
    {
        Description = "What people call the provider [default: its host]",
        HelpName = "NAME",
        CustomParser = result => Name(result.Tokens[0].Value, result.AddError),
    };

    private static readonly Option<bool> FormPost = new("--oidc-form-post")
    {
        Description = "The provider answers by a form (response_mode=form_post); needs https",
    };

    private static readonly Option<SignUpPolicy?> SignUp = new("--sign-up")
    {
        Description = "Who may open an account by signing in: open, closed, or domain:example.com[,example.org] by the email address that "
            + "the provider has verified [default: closed]",
        HelpName = "POLICY",
        CustomParser = result => Policy(result.Tokens[0].Value, result.AddError),
    };

    private static readonly Option<bool> NoLinks = new("--no-links")
    {
        Description = "People sign in with the provider alone: one-time links sign nobody in",
    };

    public static IEnumerable<Option> All => [Authority, ProviderName, FormPost, SignUp, NoLinks];

    /// <summary>Null where people sign in by links alone.</summary>
    public static OpenIdOptions? Read(ParseResult parsed) => parsed.GetValue(Authority) is not { } authority ? null : new OpenIdOptions
    {
        Authority = authority,
        ClientId = Environment.GetEnvironmentVariable(ClientIdVariable)!,
        ClientSecret = Environment.GetEnvironmentVariable(ClientSecretVariable) is { Length: > 0 } secret ? secret : null,
        Name = parsed.GetValue(ProviderName) ?? authority.Host,
        SignUp = parsed.GetValue(SignUp) ?? SignUpPolicy.Closed,
        TakesLinks = !parsed.GetValue(NoLinks),
        AnswersByForm = parsed.GetValue(FormPost),
    };

    /// <summary>What one option says of another, or the environment.</summary>
    public static void Check(CommandResult command)
    {
        if (command.GetResult(Authority) is null)
        {
            foreach (var alone in All.Where(option => command.GetResult(option) is { Implicit: false }))
            {
                command.AddError($"{alone.Name} needs --oidc-authority.");
            }
        }
        else if (string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(ClientIdVariable)))
        {
            command.AddError($"--oidc-authority needs the client id that the provider knows this broker by: set {ClientIdVariable}.");
        }
    }

    private static Uri? AuthorityUrl(string text, Action<string> complain)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && url is { Query: "", Fragment: "", UserInfo: "" } && !LoopbackHost.IsCleartextBeyond(url))
        {
            return url;
        }

        complain($"'{text}' is no provider's address: --oidc-authority takes https://host[/path], or http:// of this machine.");
        return null;
    }

    private static string? Name(string text, Action<string> complain)
    {
        var name = PlainText.Line(text).Trim();
        if (name.Length is > 0 and <= LongestName && name == text.Trim())
        {
            return name;
        }

        complain($"--oidc-name takes 1 to {LongestName} characters, not all blank, without control characters.");
        return null;
    }

    private static SignUpPolicy? Policy(string text, Action<string> complain)
    {
        if (SignUpPolicy.Parse(text) is { } policy)
        {
            return policy;
        }

        complain($"'{text}' is no policy: --sign-up takes open, closed, or domain:example.com[,example.org].");
        return null;
    }
}
