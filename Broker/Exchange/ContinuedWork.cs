using System.Diagnostics.CodeAnalysis;
using System.Text;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Exchange;

/// <summary>
/// An answer that is to go on where a text ends, and may repeat that text first: then what is repeated is left out. Texts are held back for
/// as long as they may be that beginning, and no longer. One that differs from it anywhere comes as it is.
/// </summary>
/// <param name="begun">Not empty.</param>
internal sealed class ContinuedWork(IWorkStream work, string begun) : IWorkStream
{
    // Of the answer, before it begins to repeat.
    private readonly StringBuilder _blank = new();
    private int _repeated;
    private bool _isDecided;

    // Stands behind a text that was held back.
    private WorkEvent? _following;

    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) =>
        _following is null ? work.WaitToReadAsync(cancellationToken) : ValueTask.FromResult(true);

    public bool TryRead([NotNullWhen(true)] out WorkEvent? next)
    {
        if (_following is { } following)
        {
            (next, _following) = (following, null);
            return true;
        }

        while (work.TryRead(out next))
        {
            if (_isDecided)
            {
                return true;
            }

            if (next.KindCase != WorkEvent.KindOneofCase.Text)
            {
                if (Held() is { Length: > 0 } held)
                {
                    _isDecided = true;
                    (next, _following) = (WorkEvents.Text(held), next);
                }

                return true;
            }

            if (Take(next.Text.Text) is { Length: > 0 } text)
            {
                next = WorkEvents.Text(text);
                return true;
            }
        }

        return false;
    }

    public ValueTask DisposeAsync() => work.DisposeAsync();

    private string Held() => $"{_blank}{begun.AsSpan(0, _repeated)}";

    /// <returns>What can be told; empty: it may still be the beginning.</returns>
    private string Take(string text)
    {
        var rest = text.AsSpan();
        if (_repeated == 0)
        {
            var said = rest.TrimStart();
            _blank.Append(rest[..^said.Length]);
            rest = said;
        }

        var same = rest.CommonPrefixLength(begun.AsSpan(_repeated));
        _repeated += same;
        _isDecided = _repeated == begun.Length || same < rest.Length;
        return _repeated == begun.Length ? rest[same..].ToString() : _isDecided ? $"{Held()}{rest[same..]}" : string.Empty;
    }
}
