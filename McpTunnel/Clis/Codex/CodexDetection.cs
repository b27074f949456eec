using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>Asks a locked process for its version, its models and its account. That makes no model call.</summary>
internal static class CodexDetection
{
    /// <exception cref="CliFailureException">The CLI does not start, does not take the lock, or is not logged in.</exception>
    public static async Task FillAsync(
        CliInfo info, CodexCli cli, CliEnvironment environment, TimeProvider time, CliQuota quota, CancellationToken cancellationToken)
    {
        var login = CodexLogin.Read(environment);
        await using var session = await CodexSession.StartAsync(cli, login, model: null, environment, time, quota, cancellationToken);
        info.Login = session.Login;
        info.Version = session.Version;
        info.Models.Add(await session.ListModelsAsync(cancellationToken));
        login.ThrowIfNone();
        try
        {
            if (await session.ReadAccountAsync(cancellationToken) is null)
            {
                throw CodexErrors.NotLoggedIn();
            }
        }
        catch (JsonRpcErrorException) when (login.Kind == CodexLoginKind.ChatGpt)
        {
            // The tokens are there, ChatGPT's backend is not: a call will tell whether that lasts.
            info.Hint = "Codex CLI is logged in with ChatGPT, which could not be reached to confirm it.";
        }

        await session.QuotaRead;
    }
}
