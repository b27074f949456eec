using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Mcp;

/// <summary><c>get_perspectives</c>: one prompt to several models, side by side, on this machine's own CLIs. Needs no broker.</summary>
internal sealed class PerspectivesTool(CliCatalog catalog, WorkRunner runner, IHostApplicationLifetime lifetime, TimeProvider time)
    : McpServerTool
{
    private const int MaxModels = 16;

    public override Tool ProtocolTool { get; } = new()
    {
        Name = "get_perspectives",
        Title = "Ask other models",
        Description = "Asks one prompt of one or several models at once, through the AI CLIs that are logged in on this machine "
            + "(Claude Code, Codex, Gemini), and returns their answers side by side. Use it for a second opinion, a review or a "
            + "comparison. Each model answers from the prompt alone: it has no tools and sees no files, so put everything that it "
            + "needs into the prompt.",
        InputSchema = Schemas.PerspectivesInput,
        OutputSchema = Schemas.PerspectivesOutput,
        Annotations = new ToolAnnotations
        {
            Title = "Ask other models",
            ReadOnlyHint = true,
            DestructiveHint = false,
            IdempotentHint = false,
            OpenWorldHint = true,
        },
    };

    public override IReadOnlyList<object> Metadata => [];

    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        if (PerspectivesArguments.Read(request.Params.Arguments, MaxModels, out var arguments) is { } wrong)
        {
            return ToolResults.BadArguments(wrong);
        }

        var known = await catalog.GetTestedAsync(cancellationToken);
        var targets = arguments.Models.Count > 0 ? PerspectiveTargets.Named(arguments.Models, known) : PerspectiveTargets.Default(known);
        var asking = targets.Select(target => AskAsync(target, arguments, cancellationToken)).ToList();
        var done = 0;
        await foreach (var asked in Task.WhenEach(asking))
        {
            await TellAsync(request, await asked, ++done, targets.Count, cancellationToken);
        }

        var answers = await Task.WhenAll(asking);
        var allFailed = answers.All(answer => answer.Error is not null);
        return ToolResults.Of(Readable(answers), new PerspectivesResult(answers), McpJson.Default.PerspectivesResult, allFailed);
    }

    private async Task<Perspective> AskAsync(ModelId target, PerspectivesArguments arguments, CancellationToken cancellationToken)
    {
        if (target.Provider is not { } provider)
        {
            var unknown = new PerspectiveError("UnknownModel", "No CLI here serves this model. list_models names those that are served.");
            return new Perspective(target.Model, null, string.Empty, null, unknown);
        }

        var question = new Part { Text = new TextPart { Text = arguments.Prompt } };
        var item = new WorkItem
        {
            WorkId = Guid.NewGuid().ToString("N"),
            Provider = provider,
            Model = target.Model,
            Instructions = arguments.System,
            Messages = { new Message { Role = Protos.V1.Role.User, Parts = { question } } },
        };
        var answer = new Answer();
        await using var cancellation = new WorkCancellation(lifetime.ApplicationStopping, cancellationToken);
        await using var watch = new WorkWatch(cancellation, time);
        await foreach (var next in runner.RunAsync(item, WorkCredit.Unlimited(), cancellation))
        {
            watch.Heard();
            answer.Add(next);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var (read, written) = (answer.Usage.InputTokens, answer.Usage.OutputTokens);
        var usage = read + written == 0 ? null : new PerspectiveUsage(read, written);
        var error = answer.Failed is { } failed ? new PerspectiveError(failed.Kind.ToString(), failed.Message) : null;
        return new Perspective(target.Model, provider, answer.Text, usage, error);
    }

    private static async Task TellAsync(
        RequestContext<CallToolRequestParams> request, Perspective answer, int done, int all, CancellationToken cancellationToken)
    {
        if (request.Params.ProgressToken is { } token)
        {
            var message = $"{answer.Model} {(answer.Error is null ? "answered" : "failed")}";
            var progress = new ProgressNotificationValue { Progress = done, Total = all, Message = message };
            await request.Server.NotifyProgressAsync(token, progress, cancellationToken: cancellationToken);
        }
    }

    private static string Readable(IEnumerable<Perspective> answers)
    {
        var text = new StringBuilder();
        foreach (var answer in answers)
        {
            var provider = answer.Provider is null ? string.Empty : $" ({answer.Provider})";
            text.Append("## ").Append(answer.Model).Append(provider).Append("\n\n");
            text.Append(answer.Text).Append(answer.Text.Length > 0 ? "\n\n" : string.Empty);
            text.Append(answer.Error is { } error ? $"Failed: {error.Message}\n\n" : string.Empty);
        }

        return text.ToString().TrimEnd();
    }
}
