using System.CommandLine;
using Polydev.Broker.Accounts;

namespace Polydev.Broker.Commands;

/// <summary><c>polydev-broker [serve]</c>: the broker itself. Also what runs when no command is named.</summary>
internal static class ServeCommand
{
    private static readonly Option<Uri> Http = UrlOption("--http", "Address of the REST API and the pages.", "http://127.0.0.1:5080");
    private static readonly Option<Uri> Grpc = UrlOption("--grpc", "Address for the tunnels (gRPC without TLS).", "http://127.0.0.1:5081");
    private static readonly Option<Uri?> PublicUrl = new("--public-url") { Description = "Address from outside, when a proxy stands before the broker.", CustomParser = result => Url(result.Tokens[0].Value, result.AddError) };
    private static readonly Option<string> Data = new("--data") { Description = "Folder of the database.", DefaultValueFactory = _ => BrokerPaths.DefaultData };
    private static readonly Option<bool> WithTunnel = new("--with-tunnel") { Description = "Also start a tunnel for the CLIs on this machine." };
    private static readonly Option<int> Timeout = new("--timeout") { Description = "Seconds without a word from the CLI until a call fails.", DefaultValueFactory = _ => 120 };

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
        await using var app = BrokerHost.Build(options);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"polydev-broker: cannot listen: {e.Message} Choose other addresses with --http and --grpc.");
            return 1;
        }

        var addresses = app.Services.GetRequiredService<BrokerAddresses>();
        await Console.Out.WriteLineAsync($"Polydev broker {BrokerVersion.Text}\nAPI      {addresses.ApiBase}\nTunnels  {addresses.GrpcFor("127.0.0.1")}");
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static Option<Uri> UrlOption(string name, string description, string byDefault) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => new Uri(byDefault),
        CustomParser = result => Url(result.Tokens[0].Value, result.AddError),
    };

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
