using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider;

/// <summary>
/// The provider alone, until its standard input closes or it is interrupted:
/// <c>ModelProvider [--port N] [--piece TEXT]…</c>. Without a piece it answers with the question.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        var port = 0;
        var pieces = new List<string>();
        for (var index = 0; index < arguments.Length; index += 2)
        {
            switch (arguments[index])
            {
                case "--port" when index + 1 < arguments.Length && int.TryParse(arguments[index + 1], out port):
                    break;
                case "--piece" when index + 1 < arguments.Length:
                    pieces.Add(arguments[index + 1]);
                    break;
                default:
                    await Console.Error.WriteLineAsync("usage: ModelProvider [--port N] [--piece TEXT]...");
                    return 2;
            }
        }

        await using var server = await ProviderServer.StartAsync(new ProviderOptions { Port = port, KeptRequests = 0 });
        if (pieces.Count > 0)
        {
            server.Answer(ProviderScript.Say([.. pieces]));
        }

        Console.WriteLine($"ANTHROPIC_BASE_URL={server.AnthropicBaseUrl}");
        Console.WriteLine($"OPENAI_BASE_URL={server.OpenAiBaseUrl}");
        Console.WriteLine($"GOOGLE_GEMINI_BASE_URL={server.GeminiBaseUrl}");
        await WaitForEndAsync();
        return 0;
    }

    private static async Task WaitForEndAsync()
    {
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            interrupted.TrySetResult();
        };
        await Task.WhenAny(interrupted.Task, Console.In.ReadToEndAsync());
    }
}
