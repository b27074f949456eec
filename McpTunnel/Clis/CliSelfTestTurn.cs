using System.Collections.Concurrent;
using System.Text;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis;

/// <summary>One call of a <see cref="CliSelfTest"/>: a conversation of which each text is known again by its mark.</summary>
/// <param name="call">What the model's answer ends with; null: nothing but text.</param>
/// <param name="secret">A file that the conversation mentions, as a person would at the CLI's own prompt.</param>
internal sealed class CliSelfTestTurn(string provider, string model, ForgedCall? call, string secret)
{
    private readonly ConcurrentQueue<AskedModel> _asked = new();
    private readonly StringBuilder _told = new();
    private CliFailureException? _failure;
    private int _taken;

    public string Mark { get; } = Guid.NewGuid().ToString("N");

    public ForgedCall? Call => call;

    public string Answer => $"{Mark} answers.";

    /// <summary>The requests that hold the mark.</summary>
    public IReadOnlyCollection<AskedModel> Asked => _asked;

    private IReadOnlyList<AskedText> Texts =>
    [
        new("system", $"{Mark}: be brief."),
        new("user", $"/init {Mark}, \"one\"\n<two> 'three' @{secret}"),
        new("assistant", $"{Mark} said so."),
        new("user", $"And what of {Mark} é😀 in @{secret} ?"),
    ];

    /// <summary>True for the first request, which is to be answered.</summary>
    public bool Take(AskedModel request)
    {
        _asked.Enqueue(request);
        return Interlocked.Increment(ref _taken) == 1;
    }

    /// <summary>False: what follows would fail alike.</summary>
    public async Task<bool> RunAsync(ICliAdapter adapter, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var next in adapter.RunAsync(Work(), cancellationToken))
            {
                _told.Append(next.Text?.Text);
            }
        }
        catch (CliFailureException e)
        {
            _failure = e;
        }

        return call is null ? _failure is null : _failure is { Kind: FailureKind.LockBroken };
    }

    /// <summary>False: the same CLI may do better another time.</summary>
    public bool IsDecided => _failure is null or { Kind: FailureKind.LockBroken };

    /// <summary>What was not as it should be; null when all was. Asked when nothing of the turn runs any more.</summary>
    /// <param name="asksAgain">More requests than one are no fault, once a call was forged.</param>
    public string? Complaint(bool asksAgain) => _failure switch
    {
        { Kind: not FailureKind.LockBroken } failure => failure.Message,
        { } broken when call is null => broken.Message.TrimEnd('.'),
        _ when _asked.IsEmpty => "it answers without asking the model that it was given",
        _ when WrongIn(_asked.First()) is { } wrong => wrong,
        null when call is not null => $"a forged call of {call.Tool} went unseen",
        _ when _asked.Count > 1 && !(asksAgain && call is not null) => "it asks the model more often than its caller does",
        _ when call is null && _told.ToString() != Answer => "it does not hand on what the model says",
        _ => null,
    };

    private WorkItem Work()
    {
        var item = new WorkItem { WorkId = Mark, Provider = provider, Model = model, Instructions = Texts[0].Text };
        item.Messages.Add(Texts.Skip(1).Select(text => new Message
        {
            Role = text.Role == "assistant" ? Role.Assistant : Role.User,
            Parts = { new Part { Text = new TextPart { Text = text.Text } } },
        }));
        return item;
    }

    // What a CLI adds of its own, such as today's date, is its own affair: as the user's or the system's, and without a word of ours.
    private string? WrongIn(AskedModel request)
    {
        // Instructions that come twice say the same: Codex does that with some models (0.169.0).
        var ours = request.Texts.Where(text => text.Text.Contains(Mark, StringComparison.Ordinal)).ToList();
        ours.RemoveRange(0, Math.Max(0, ours.TakeWhile(text => text == Texts[0]).Count() - 1));
        return !ours.SequenceEqual(Texts) ? "the conversation does not reach the model as it was written"
            : request.Texts.Except(ours).Any(text => text.Role == "assistant") ? "it puts words into the model's mouth"
            : request.Model != model ? "it asks another model than its caller names"
            : null;
    }
}
