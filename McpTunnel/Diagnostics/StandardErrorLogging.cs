using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Polydev.McpTunnel.Diagnostics;

internal static class StandardErrorLogging
{
    private const string Variable = "POLYDEV_LOG_LEVEL";

    // Below this the SDK logs whole messages (2.4.0): prompts and answers, which no level of ours may show.
    private const string Sdk = "ModelContextProtocol";
    private const LogLevel SdkLeast = LogLevel.Information;

    /// <summary>Logs to stderr, never to stdout. <c>POLYDEV_LOG_LEVEL</c> (Trace to None), else <paramref name="otherwise"/>.</summary>
    public static IServiceCollection AddStandardErrorLogging(
        this IServiceCollection services, IReadOnlyDictionary<string, string> variables, LogLevel otherwise)
    {
        var level = Enum.TryParse<LogLevel>(variables.GetValueOrDefault(Variable), ignoreCase: true, out var named) ? named : otherwise;
        return services.AddLogging(logging => logging
            .SetMinimumLevel(level)
            .AddFilter(Sdk, level < SdkLeast ? SdkLeast : level)
            .AddSimpleConsole(options => options.SingleLine = true)
            .Services.Configure<ConsoleLoggerOptions>(options =>
            {
                options.LogToStandardErrorThreshold = LogLevel.Trace;
                // An editor that does not read our stderr loses log lines: its tunnel must not stop for them.
                options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            }));
    }
}
