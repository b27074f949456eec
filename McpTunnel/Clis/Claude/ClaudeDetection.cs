using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Asks a locked process for its account and its models. That makes no model call.</summary>
internal static class ClaudeDetection
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <param name="info">Its version, state, models and hint are set.</param>
    /// <exception cref="CliFailureException">The CLI does not start, or does not take the lock's flags.</exception>
    public static async Task FillAsync(
        CliInfo info, ClaudeCli? cli, CliEnvironment environment, TimeProvider time, CancellationToken cancellationToken)
    {
        if (cli is null)
        {
            info.State = CliState.NotInstalled;
            info.Hint = "Install Claude Code (npm install -g @anthropic-ai/claude-code), or name its file in CLAUDE_CODE_PATH.";
            return;
        }

        info.Version = cli.Version.ToString();
        if (cli.IsTooOld)
        {
            throw ClaudeErrors.TooOld(cli);
        }

        using var expired = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, expired.Token);
        var login = ClaudeLogin.Of(environment);
        await using var session = await ClaudeSession.StartAsync(cli, login, environment, model: null);
        var description = await session.DescribeAsync(either.Token);
        info.Models.AddRange(Models(description));
        var isLoggedIn = login.Kind != ClaudeLoginKind.Stored || (description.Member("account") is { } account && IsLoggedIn(account));
        info.State = isLoggedIn ? CliState.Ready : CliState.NotLoggedIn;
        info.Hint = isLoggedIn ? string.Empty : ClaudeErrors.LogInHint;
    }

    // Asked for a stored login only: with --bare, 2.1.330 says "none" of a bearer token that it then sends.
    private static bool IsLoggedIn(JsonElement account) =>
        account.TextOf("tokenSource") is not (null or "none")
        || account.TextOf("apiKeySource") is not (null or "none")
        || account.TextOf("email") is not null;

    // "default" is an alias of one of the others: its name says less.
    private static IEnumerable<ModelInfo> Models(JsonElement description) => description.Items("models")
        .OrderBy(model => model.TextOf("value") == "default")
        .Select(model => new ModelInfo
        {
            Id = model.TextOf("resolvedModel") ?? model.TextOf("value") ?? string.Empty,
            DisplayName = model.TextOf("displayName") ?? string.Empty,
        })
        .Where(model => model.Id is not ("" or "default"))
        .DistinctBy(model => model.Id);
}
