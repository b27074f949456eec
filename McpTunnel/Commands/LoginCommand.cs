using Polydev.McpTunnel.Diagnostics;
using Polydev.McpTunnel.Login;
using Polydev.McpTunnel.Tunnel;
using Polydev.Shared.Text;
using Polydev.Shared.Tokens;

namespace Polydev.McpTunnel.Commands;

/// <summary>
/// <c>polydev-mcp login [URL]</c>: shows a code and a page, and waits until a person has approved this machine there. A polydev-mcp that
/// runs already comes online by it. Exit code 0, or 1 with the reason on standard error.
/// </summary>
internal static class LoginCommand
{
    public static Task<int> RunAsync(string? broker) => RunAsync(async variables =>
    {
        var settings = TunnelSettings.ForLogin(variables, broker);
        var login = new DeviceLogin(settings, TimeProvider.System);
        var code = await login.StartAsync(Environment.MachineName, ToolVersion.Text, CancellationToken.None);
        await Console.Out.WriteLineAsync(
            $"""
            Broker   {settings.Broker}
            Open     {PlainText.Line(code.Page.AbsoluteUri, PlainText.LongestMessage)}
            Code     {PlainText.Line(code.UserCode)}
                     Approve this machine there, within {code.ExpiresIn / 60} minutes, and only if the page shows this very code.
            """);
        BrowserLauncher.Open(code.Page, variables);

        var file = LoginFile.Of(variables);
        var stored = await login.WaitAsync(code, CancellationToken.None);
        file.Write(stored);
        await Console.Out.WriteLineAsync($"This machine is logged in at {stored.Broker} as '{stored.MachineName}'.");
        if (variables.ContainsKey(TunnelSettings.TokenVariable))
        {
            await Console.Error.WriteLineAsync($"polydev-mcp: {TunnelSettings.TokenVariable} is set, and wins over the login. Unset it.");
        }
    });

    /// <summary>Runs what talks to a broker and the login's file; what a person can put right is told in one line.</summary>
    public static async Task<int> RunAsync(Func<IReadOnlyDictionary<string, string>, Task> command)
    {
        try
        {
            await command(ProcessSettings.Variables());
            return 0;
        }
        catch (Exception e) when (e is LoginFileException || IsOfTheBroker(e))
        {
            await Console.Error.WriteLineAsync($"polydev-mcp: {e.Message}");
            return 1;
        }
    }

    /// <summary>It does not answer, not in time, or not as it should; or nothing may be sent there.</summary>
    public static bool IsOfTheBroker(Exception e) =>
        e is ConnectionEndedException or HttpRequestException or OperationCanceledException or InvalidOperationException;
}

/// <summary><c>polydev-mcp logout</c>: ends this machine's token at its broker, and forgets it. Exit codes as of login.</summary>
internal static class LogoutCommand
{
    public static Task<int> RunAsync() => LoginCommand.RunAsync(async variables =>
    {
        var file = LoginFile.Of(variables);
        if (file.Read() is not { } stored)
        {
            await Console.Out.WriteLineAsync("This machine is not logged in.");
            return;
        }

        // Whatever the broker says, the token does not stay here.
        file.Delete();
        try
        {
            var settings = TunnelSettings.ForLogin(variables, stored.Broker.AbsoluteUri);
            await new DeviceLogin(settings, TimeProvider.System).RevokeAsync(stored.Token, CancellationToken.None);
        }
        catch (Exception e) when (LoginCommand.IsOfTheBroker(e))
        {
            var id = SecretToken.TryParse(TokenPrefixes.Tunnel, stored.Token, out var token) ? token.Id : "ID";
            throw new InvalidOperationException(
                $"{e.Message} The token is forgotten here, and still good there: polydev-broker token revoke {id}", e);
        }

        await Console.Out.WriteLineAsync($"This machine is logged out of {stored.Broker}.");
    });
}
