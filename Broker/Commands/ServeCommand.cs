using System.CommandLine;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Polydev.Broker.Hosting;
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

        command.SetAction((parsed, cancellationToken) => RunAsync(ServeArguments.Read(parsed), cancellationToken));
    }

    // What a person can put right is told in one line; anything else is a fault of ours, and keeps its stack.
    private static async Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using var app = BrokerHost.Build(options);
            return await RunAsync(app, cancellationToken);
        }
        catch (Exception e) when (e is StorageException or OptionsValidationException)
        {
            return await ComplainAsync(e.Message);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return await ComplainAsync(
                $"cannot listen on {options.Http} and {options.Grpc}: {e.Message} Choose other addresses with --http and --grpc.");
        }
        catch (InvalidOperationException e) when (options.Http.Scheme == Uri.UriSchemeHttps)
        {
            // Kestrel's way to say that it found no certificate.
            return await ComplainAsync($"cannot serve {options.Http}: {e.Message}");
        }
    }

    private static async Task<int> ComplainAsync(string reason)
    {
        await Console.Error.WriteLineAsync($"polydev-broker: {reason}");
        return 1;
    }

    private static async Task<int> RunAsync(WebApplication app, CancellationToken cancellationToken)
    {
        await app.StartAsync(cancellationToken);
        var addresses = app.Services.GetRequiredService<BrokerAddresses>();
        await Console.Out.WriteLineAsync(
            $"Polydev broker {BrokerVersion.Text}\nAPI      {addresses.ApiBase}\nTunnels  {addresses.GrpcFor("127.0.0.1")}");
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
