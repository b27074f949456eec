using System.CommandLine;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Polydev.Broker.Hosting;
using Polydev.Broker.SignIn;
using Polydev.Broker.Storage;

namespace Polydev.Broker.Commands;

/// <summary><c>polydev-broker [serve]</c>: the broker itself. Also what runs when no command is named.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Serve the API and the tunnels.");
        AddTo(command);
        return command;
    }

    /// <summary>Gives a command the options and the action of serve; the root command gets them too.</summary>
    public static void AddTo(Command command)
    {
        foreach (var option in ServeArguments.All)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(OpenIdArguments.Check);
        command.SetAction((parsed, cancellationToken) => RunAsync(ServeArguments.Read(parsed), cancellationToken));
    }

    // What a person can put right is told in one line; anything else is a fault of ours, and keeps its stack.
    private static async Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        var problems = string.Join(Environment.NewLine, ListenRules.Problems(options));
        if (problems.Length > 0)
        {
            return await ComplainAsync(problems);
        }

        try
        {
            await using var app = BrokerHost.Build(options);
            return await RunAsync(app, cancellationToken);
        }
        catch (Exception e) when (e is StorageException or OptionsValidationException or TlsCertificateException)
        {
            return await ComplainAsync(e.Message);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return await ComplainAsync(
                $"cannot listen on {string.Join(" and ", options.Listening)}: {e.Message} Choose other addresses with --http and --grpc.");
        }
    }

    private static async Task<int> ComplainAsync(string reason)
    {
        await Console.Error.WriteLineAsync($"polydev-broker: {reason}");
        return 1;
    }

    private static async Task<int> RunAsync(WebApplication app, CancellationToken cancellationToken)
    {
        using var second = new SecondSignal();
        await app.StartAsync(cancellationToken);
        var addresses = app.Services.GetRequiredService<BrokerAddresses>();
        await Console.Out.WriteLineAsync(
            $"Polydev broker {BrokerVersion.Text}\nAPI      {addresses.ApiBase}\nTunnels  {addresses.LocalGrpc}");
        var options = app.Services.GetRequiredService<ServeOptions>();
        if (options.OpenId is { TakesLinks: false })
        {
            await Console.Out.WriteLineAsync($"Sign in  {new Uri(addresses.Site, SignInLinks.Path)}");
        }
        else if (!options.WithTunnel)
        {
            // With a tunnel the link stands beside the key, and its time runs from then on.
            var link = await app.Services.GetRequiredService<OwnerLinks>().CreateAsync(cancellationToken);
            await Console.Out.WriteLineAsync($"Sign in  {link.Url}\n         (once, for {SignInLinks.Lifetime.TotalMinutes:0} minutes)");
        }

        await StopAsync(app, second.Token, cancellationToken);
        return 0;
    }

    private static async Task StopAsync(WebApplication app, CancellationToken hurry, CancellationToken cancellationToken)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asked = app.Lifetime.ApplicationStopping.Register(stopping.SetResult);
        await using var told = cancellationToken.Register(app.Lifetime.StopApplication);
        await stopping.Task;
        try
        {
            await app.StopAsync(hurry);
        }
        catch (Exception) when (hurry.IsCancellationRequested)
        {
            // What was cut short says so; it was meant to be.
        }
    }
}
