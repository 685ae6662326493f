#if ORLEANS_PACKAGES
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;

namespace Squad.Silo.Cluster;

/// <summary>
/// Who may be a silo of the cluster: whoever has a certificate of its authority. Names in certificates are not looked at, since silos are found by address and any
/// certificate of the authority makes its owner a member.
/// </summary>
internal sealed class ClusterCertificates
{
    private readonly X509Certificate2 own;
    private readonly X509Certificate2Collection authority = [];

    /// <exception cref="StartRefusedException">A file holds no certificate or key, or they do not belong together; the message names the setting.</exception>
    public ClusterCertificates(ClusterTlsOptions options)
    {
        own = Load("Certificate, or its Key,", () => X509Certificate2.CreateFromPemFile(options.Certificate!, options.Key!));
        Load("Authority", () =>
        {
            authority.ImportFromPemFile(options.Authority!);
            return authority[0];
        });
        // Else every other silo would refuse this one, each with half a line about a connection.
        if (!IsMember(own))
            throw new StartRefusedException($"{ClusterOptions.Section}:Tls:Certificate was not issued by the authority in {ClusterOptions.Section}:Tls:Authority, or is not valid now: no silo would take it.");
    }

    public void Configure(TlsOptions tls)
    {
        tls.LocalCertificate = own;
        tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.RemoteCertificateValidation = (certificate, _, _) => IsMember(certificate);
        tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = own.GetNameInfo(X509NameType.DnsName, forIssuer: false);
    }

    private bool IsMember(X509Certificate2? certificate)
    {
        if (certificate is null)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static X509Certificate2 Load(string key, Func<X509Certificate2> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw new StartRefusedException($"{ClusterOptions.Section}:Tls:{key} cannot be used: {e.Message}", e);
        }
    }
}
#endif
