using System.CommandLine;
using System.Net.Sockets;
using Polydev.Broker.Hosting;
using Polydev.Broker.Storage;

namespace Polydev.Broker.Commands;

/// <summary><c>polydev-broker [serve]</c>: the broker itself. Also what runs when no command is named.</summary>
internal static class ServeCommand
{
    private const int LongestTimeout = 86_400;

    private static readonly Option<Uri> Http = UrlOption("--http", "Address of the REST API and the pages.", "http://127.0.0.1:5080");
    private static readonly Option<Uri> Grpc = UrlOption("--grpc", "Address for the tunnels (gRPC without TLS).", "http://127.0.0.1:5081");
    private static readonly Option<Uri?> PublicUrl = new("--public-url") { Description = "Address from outside, when a proxy stands before the broker.", CustomParser = result => Url(result.Tokens[0].Value, result.AddError) };
    private static readonly Option<string> Data = CommandOptions.Data();
    private static readonly Option<bool> WithTunnel = new("--with-tunnel") { Description = "Also start a tunnel for the CLIs on this machine." };
    private static readonly Option<int> Timeout = TimeoutOption();

    public static Command Create()
    {
        var command = new Command("serve", "Serve the API and the tunnels.");
        AddTo(command);
        return command;
    }

    /// <summary>Gives a command the options and the action of serve; the root command gets them too.</summary>
    public static void AddTo(Command command)
    {
        Option[] options = [Http, Grpc, PublicUrl, Data, WithTunnel, Timeout];
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(new ServeOptions
        {
            Http = parsed.GetRequiredValue(Http),
            Grpc = parsed.GetRequiredValue(Grpc),
            PublicUrl = parsed.GetValue(PublicUrl),
            DataFolder = parsed.GetRequiredValue(Data),
            WithTunnel = parsed.GetValue(WithTunnel),
            Timeout = TimeSpan.FromSeconds(parsed.GetValue(Timeout)),
        }, cancellationToken));
    }

    private static async Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using var app = BrokerHost.Build(options);
            return await RunAsync(app, cancellationToken);
        }
        catch (StorageException e)
        {
            return await ComplainAsync(e.Message);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return await ComplainAsync($"cannot listen on {options.Http} and {options.Grpc}: {e.Message} Choose other addresses with --http and --grpc.");
        }
        catch (InvalidOperationException e) when (options.Http.Scheme == Uri.UriSchemeHttps)
        {
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
        await Console.Out.WriteLineAsync($"Polydev broker {BrokerVersion.Text}\nAPI      {addresses.ApiBase}\nTunnels  {addresses.GrpcFor("127.0.0.1")}");
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static Option<Uri> UrlOption(string name, string description, string byDefault) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => new Uri(byDefault),
        CustomParser = result => ListenUrl(result.Tokens[0].Value, result.AddError),
    };

    private static Option<int> TimeoutOption()
    {
        var option = new Option<int>("--timeout") { Description = "Seconds without a word from the CLI until a call fails.", DefaultValueFactory = _ => 120 };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > LongestTimeout)
            {
                result.AddError($"--timeout takes 1 to {LongestTimeout} seconds.");
            }
        });
        return option;
    }

    private static Uri? ListenUrl(string text, Action<string> complain)
    {
        if (Url(text, complain) is not { } url)
        {
            return null;
        }

        if (url.Host == "localhost" || url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
        {
            return url;
        }

        complain($"'{text}' does not name an address of this machine: use localhost or an IP address (0.0.0.0 for all).");
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
