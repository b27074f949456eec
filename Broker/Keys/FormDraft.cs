using System.Security.Cryptography;
using System.Text;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>
/// A form that makes a credential, by a random name that it bears. The credential's id follows from it, so that a form which is sent twice
/// (a reload, a double click) makes one, and its page can be told apart later without anything of the secret being kept.
/// </summary>
internal static class FormDraft
{
    private const int Length = 20;

    public static string NewName() => TokenAlphabet.Random(Length);

    /// <summary>
    /// Cut from a hash, in which the account stands too: whoever makes a name up can neither choose an id nor meet that of another account.
    /// </summary>
    public static string IdOf(CredentialKind kind, string accountId, string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{kind.Prefix()} {accountId} {name}"));
        return string.Create(SecretToken.IdLength, hash, static (id, bytes) =>
        {
            for (var i = 0; i < id.Length; i++)
            {
                id[i] = TokenAlphabet.Characters[bytes[i] % TokenAlphabet.Characters.Length];
            }
        });
    }
}
