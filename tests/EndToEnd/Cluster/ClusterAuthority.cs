using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Squad.EndToEnd.Cluster;

/// <summary>An authority for one test, and the certificates that it gives to nodes, as PEM files.</summary>
internal sealed class ClusterAuthority : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly string folder;
    private readonly X509Certificate2 own;

    public ClusterAuthority(string folder, string name)
    {
        this.folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        own = request.CreateSelfSigned(From, From.AddDays(30));
        File.WriteAllText(Path, own.ExportCertificatePem());
    }

    public string Path => System.IO.Path.Combine(folder, "authority.pem");

    /// <returns>Paths of a certificate for client and server, and of its key.</returns>
    public (string Certificate, string Key) Issue(string node)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={node}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], critical: false));
        using var certificate = request.Create(own, From, From.AddDays(29), RandomNumberGenerator.GetBytes(8));
        var path = System.IO.Path.Combine(folder, node);
        File.WriteAllText($"{path}.pem", certificate.ExportCertificatePem());
        File.WriteAllText($"{path}.key", key.ExportPkcs8PrivateKeyPem());
        return ($"{path}.pem", $"{path}.key");
    }

    public void Dispose() => own.Dispose();
}
